// Values of the Fourier transform. complex64 is computed in complex128 and rounded once.
#include "wengert/rule/kernels/fourier.hpp"

#include "wengert/rule/structural/list.hpp"

namespace wengert::structural {

Value fourier::value(In in, Attributes at) {
  const Value& x = in[0];
  if (!is_complex(x.dtype())) {
    throw DtypeError("fft: element type: complex numbers expected: given " + std::string(text(x.dtype())));
  }
  const Shape shape = x.shape();
  const int axis = static_cast<int>(at[1]);
  const Storage y = allocate(Dtype::complex128, shape);
  copy(x.storage(), y);
  const std::int64_t n = shape[axis], inner = row_major(shape)[axis];
  if (y->size) {
    rule::fourier_transform(y.data<std::complex<double>>(), y->size / (n * inner), n, inner, at[0] < 0 ? -1 : 1);
  }
  return settle(strided(Value(y), x.dtype()));
}

}  // namespace wengert::structural
