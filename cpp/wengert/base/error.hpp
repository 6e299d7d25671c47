// Every failure the library reports. A message reads "operation: what differs: what was given".
#pragma once
#include <new>
#include <stdexcept>
#include <string>

namespace wengert {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// Shapes that do not fit together.
struct ShapeError : Error {
  using Error::Error;
};
/// An axis that the array does not have.
struct AxisError : ShapeError {
  using ShapeError::ShapeError;
};
/// Element types an operation has no meaning for.
struct DtypeError : Error {
  using Error::Error;
};
/// Values outside the domain of an operation.
struct DomainError : Error {
  using Error::Error;
};
/// A matrix that cannot be factored: singular, not positive definite, not finite.
struct LinearAlgebraError : DomainError {
  using DomainError::DomainError;
};
/// A NaN or an infinity that came from finite numbers while a debugger looked on.
struct NonFiniteError : Error {
  using Error::Error;
};
/// Positions outside an array.
struct IndexError : Error {
  using Error::Error;
};
/// Memory that could not be had; says for what.
struct MemoryError : std::bad_alloc {
  std::string message;
  explicit MemoryError(std::string text) : message(std::move(text)) {}
  const char* what() const noexcept override { return message.c_str(); }
};
/// Recordings used after their end, on another thread, or out of order.
struct TapeError : Error {
  using Error::Error;
};

/// Bytes that are no saved program, or a program that no file can hold.
struct FormatError : Error {
  using Error::Error;
};

/// Snapshots of a loop that the disk did not take, or did not give back.
struct StorageError : Error {
  using Error::Error;
};

}  // namespace wengert
