// Prints the highest level of x86-64 that this processor has.
#include "../cpp/cpu/level.hpp"

#include <cstdio>

int main() { std::printf("%s", wengert::cpu::level()); }
