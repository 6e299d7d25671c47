#include "wengert/rule/structural/orthogonal_factors.hpp"

namespace wengert::structural {

WG_ORTHOGONAL_FACTORS(, Complex)

}  // namespace wengert::structural
