# The core for other projects: `cmake --install`, then find_package(wengert) and wengert::core.
option(WENGERT_INSTALL "Rules that install the C++ library" ${PROJECT_IS_TOP_LEVEL})
if(NOT WENGERT_INSTALL OR SKBUILD)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(core wengert_core_${lowest})
# Warnings, instruction sets and Eigen are what the core is built with: nothing that its headers ask for.
foreach(property IN ITEMS INTERFACE_LINK_LIBRARIES INTERFACE_INCLUDE_DIRECTORIES)
  get_target_property(value ${core} ${property})
  set_target_properties(${core} PROPERTIES ${property} "$<BUILD_INTERFACE:${value}>")
endforeach()
target_link_libraries(${core} INTERFACE $<INSTALL_INTERFACE:Threads::Threads>)
target_compile_features(${core} PUBLIC cxx_std_20)
set_target_properties(${core} PROPERTIES EXPORT_NAME core OUTPUT_NAME wengert)

install(TARGETS ${core} EXPORT wengert INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# wengert/wengert.hpp, and what it includes.
foreach(header IN ITEMS
        wengert.hpp api/arrays.hpp api/program.hpp program/terms.hpp tape/custom.hpp tape/functions.hpp
        tape/recording.hpp tape/sweep.hpp tape/var.hpp rule/call.hpp rule/numbers.hpp rule/ops.def rule/rules.hpp
        base/dtype.hpp base/error.hpp base/shape.hpp base/storage.hpp base/stretch.hpp base/thread.hpp base/threads.hpp
        base/value.hpp)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES cpp/wengert/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wengert/${folder})
endforeach()
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/wengert)
install(EXPORT wengert NAMESPACE wengert:: FILE wengertTargets.cmake DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/wengertConfig.cmake.in wengertConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(wengertConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wengertConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/wengertConfigVersion.cmake
        DESTINATION ${package})
install(FILES LICENSE licenses/eigen.txt licenses/xsimd.txt DESTINATION ${CMAKE_INSTALL_DOCDIR})
