# Eigen and xsimd: from the system, else from the wheels that are build requirements.

# cmeel wheels live in <site-packages>/cmeel.prefix; scikit-build-core only adds <site-packages>.
foreach(prefix IN LISTS CMAKE_PREFIX_PATH)
  if(EXISTS "${prefix}/cmeel.prefix/share/eigen3/cmake/Eigen3Config.cmake")
    list(APPEND CMAKE_PREFIX_PATH "${prefix}/cmeel.prefix")
  endif()
endforeach()
find_package(Eigen3 CONFIG REQUIRED)  # unversioned: "3.4" would reject Eigen 5
if(Eigen3_VERSION VERSION_LESS 3.4)
  message(FATAL_ERROR "Eigen >= 3.4 needed, found ${Eigen3_VERSION} in ${Eigen3_DIR}")
endif()

add_library(wengert_xsimd INTERFACE)
add_library(wengert::xsimd ALIAS wengert_xsimd)
find_package(xsimd 13 CONFIG QUIET)
if(TARGET xsimd)
  target_link_libraries(wengert_xsimd INTERFACE xsimd)
  set(WENGERT_XSIMD_FROM "${xsimd_DIR}")
else()
  # The pythran wheel carries the headers of xsimd 14.
  find_path(WENGERT_XSIMD_INCLUDE xsimd/xsimd.hpp PATHS ${CMAKE_PREFIX_PATH} PATH_SUFFIXES pythran)
  if(NOT WENGERT_XSIMD_INCLUDE)
    message(FATAL_ERROR "xsimd >= 13 needed: install it, or the pythran wheel that carries it; looked in ${CMAKE_PREFIX_PATH}")
  endif()
  target_include_directories(wengert_xsimd SYSTEM INTERFACE ${WENGERT_XSIMD_INCLUDE})
  set(WENGERT_XSIMD_FROM "${WENGERT_XSIMD_INCLUDE}")
endif()
message(STATUS "wengert: Eigen ${Eigen3_VERSION} from ${Eigen3_DIR}; xsimd from ${WENGERT_XSIMD_FROM}")

add_library(wengert_flags INTERFACE)
add_library(wengert::flags ALIAS wengert_flags)
target_compile_features(wengert_flags INTERFACE cxx_std_20)
target_compile_definitions(wengert_flags INTERFACE EIGEN_MPL2_ONLY)
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  # No contraction into fused multiply-adds behind our back: a point alone and a point among others agree bitwise.
  target_compile_options(wengert_flags INTERFACE -ffp-contract=off -fno-math-errno)
  option(WENGERT_WARNINGS "Warnings are errors" OFF)
  if(WENGERT_WARNINGS)
    target_compile_options(wengert_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
                           $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # false alarms on std::string in GCC 12 (PR 105651)
  endif()
endif()
option(WENGERT_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
if(WENGERT_SANITIZE)
  target_compile_options(wengert_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(wengert_flags INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(wengert_flags INTERFACE WENGERT_NO_POOL)
endif()
