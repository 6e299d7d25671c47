// The list of structural primitives: a header each; this is where they are counted.
#pragma once
#include "wengert/rule/structural/argmax.hpp"
#include "wengert/rule/structural/argmin.hpp"
#include "wengert/rule/structural/argsort.hpp"
#include "wengert/rule/structural/astype.hpp"
#include "wengert/rule/structural/broadcast_to.hpp"
#include "wengert/rule/structural/cholesky.hpp"
#include "wengert/rule/structural/clip.hpp"
#include "wengert/rule/structural/complement.hpp"
#include "wengert/rule/structural/complex_of.hpp"
#include "wengert/rule/structural/concatenate.hpp"
#include "wengert/rule/structural/conjugate.hpp"
#include "wengert/rule/structural/cumprod.hpp"
#include "wengert/rule/structural/cumsum.hpp"
#include "wengert/rule/structural/eig.hpp"
#include "wengert/rule/structural/eigh.hpp"
#include "wengert/rule/structural/fourier.hpp"
#include "wengert/rule/structural/gather.hpp"
#include "wengert/rule/structural/imaginary_part.hpp"
#include "wengert/rule/structural/inv.hpp"
#include "wengert/rule/structural/logsumexp.hpp"
#include "wengert/rule/structural/matmul.hpp"
#include "wengert/rule/structural/max.hpp"
#include "wengert/rule/structural/min.hpp"
#include "wengert/rule/structural/modulus.hpp"
#include "wengert/rule/structural/norm.hpp"
#include "wengert/rule/structural/pad.hpp"
#include "wengert/rule/structural/parametric.hpp"
#include "wengert/rule/structural/phase.hpp"
#include "wengert/rule/structural/prod.hpp"
#include "wengert/rule/structural/qr.hpp"
#include "wengert/rule/structural/real_part.hpp"
#include "wengert/rule/structural/reshape.hpp"
#include "wengert/rule/structural/scatter_add.hpp"
#include "wengert/rule/structural/scatter_set.hpp"
#include "wengert/rule/structural/select.hpp"
#include "wengert/rule/structural/slice.hpp"
#include "wengert/rule/structural/slice_set.hpp"
#include "wengert/rule/structural/slogdet.hpp"
#include "wengert/rule/structural/solve.hpp"
#include "wengert/rule/structural/stop.hpp"
#include "wengert/rule/structural/sum.hpp"
#include "wengert/rule/structural/svd.hpp"
#include "wengert/rule/structural/transpose.hpp"
#include "wengert/rule/structural/triangular_solve.hpp"

#include <tuple>

namespace wengert::structural {

using List =
    std::tuple<sum, prod, max, min, argmax, argmin, logsumexp, norm, cumsum, cumprod, argsort, reshape, broadcast_to,
               transpose, astype, slice, pad, slice_set, gather, scatter_add, scatter_set, concatenate, select, clip,
               matmul, inv, solve, triangular_solve, cholesky, slogdet, conjugate, real_part, imaginary_part,
               complex_of, modulus, phase, eigh, svd, qr, complement, eig, fourier, parametric, stop>;

/// Place of P in the list.
template <class P, class... Rest>
constexpr std::uint16_t place(std::tuple<Rest...>*) {
  std::uint16_t k = 0;
  (void)((std::is_same_v<P, Rest> || (++k, false)) || ...);
  return k;
}
template <class P>
inline constexpr CallId id = static_cast<CallId>(place<P>(static_cast<List*>(nullptr)));
inline constexpr std::size_t count = std::tuple_size_v<List>;

/// Calls f.template operator()<P>() for every structural primitive.
template <class F>
constexpr void each(F&& f) {
  [&]<std::size_t... k>(std::index_sequence<k...>) { (f.template operator()<std::tuple_element_t<k, List>>(), ...); }
  (std::make_index_sequence<count>());
}

/// The record of a structural primitive.
const rule::Structural& info(CallId id);

}  // namespace wengert::structural
