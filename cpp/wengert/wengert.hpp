// All of wengert for C++ programs: variables that record what is done to them, programs made of that, and derivatives of both.
#pragma once
#include "wengert/api/arrays.hpp"
#include "wengert/api/program.hpp"
#include "wengert/base/error.hpp"
#include "wengert/base/threads.hpp"
#include "wengert/tape/custom.hpp"
#include "wengert/tape/functions.hpp"
#include "wengert/tape/sweep.hpp"
