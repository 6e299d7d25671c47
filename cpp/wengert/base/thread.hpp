// Thread-local pointers that are read without a call.
#pragma once

/// For a pointer or two: a module that is loaded late has little room for such variables.
#if defined(__linux__) && (defined(__GNUC__) || defined(__clang__))
#define WG_FAST_TLS __attribute__((tls_model("initial-exec")))
#else
#define WG_FAST_TLS
#endif
