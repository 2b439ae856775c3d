//===- Npy.cpp - NumPy's array files --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads and writes .npy files, as numpy.lib.format describes them:
// a magic string, a version, the length of a header, the header as a Python
// dictionary, the elements.
//===----------------------------------------------------------------------===//

#include "tools/support/HostArray.h"
#include "tools/support/OutputFile.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace plait;

static constexpr llvm::StringLiteral magic("\x93NUMPY");

static llvm::Error refuse(llvm::StringRef path, const llvm::Twine &why) {
  return llvm::createStringError("'" + path.str() + "': " + why.str());
}

namespace {

struct Header {
  llvm::StringRef type;
  std::vector<int64_t> shape;
  llvm::StringRef elements;
};

/// The text behind a key of the header's dictionary.
llvm::StringRef valueOf(llvm::StringRef dictionary, llvm::StringRef key) {
  return dictionary.split(("'" + key + "':").str()).second.ltrim();
}

llvm::Expected<Header> parseHeader(llvm::StringRef path, llvm::StringRef file) {
  if (!file.starts_with(magic) || file.size() < 12)
    return refuse(path, "expects a .npy file, but got something else");
  bool longHeader = file[6] > 1;
  size_t start = longHeader ? 12 : 10;
  size_t length =
      longHeader ? llvm::support::endian::read32le(file.data() + 8) : llvm::support::endian::read16le(file.data() + 8);
  if (file.size() < start + length)
    return refuse(path, "expects a whole .npy file, but got a truncated one");
  llvm::StringRef dictionary = file.substr(start, length);
  if (!valueOf(dictionary, "fortran_order").starts_with("False"))
    return refuse(path, "expects row-major order, but got Fortran's");
  Header header;
  llvm::StringRef type = valueOf(dictionary, "descr"), shape = valueOf(dictionary, "shape");
  if (!type.consume_front("'") || !shape.consume_front("("))
    return refuse(path, "expects the type and shape of an array, but got " + dictionary.rtrim());
  header.type = type.split('\'').first;
  shape = shape.split(')').first;
  for (llvm::StringRef extent : llvm::split(shape, ',')) {
    int64_t value = 0;
    if (extent.trim().empty())
      continue;
    if (extent.trim().getAsInteger(10, value))
      return refuse(path, "expects a shape of numbers, but got (" + shape + ")");
    header.shape.push_back(value);
  }
  header.elements = file.substr(start + length);
  return header;
}

std::string printShape(llvm::ArrayRef<int64_t> shape) {
  return "[" + llvm::join(llvm::map_range(shape, [](int64_t n) { return std::to_string(n); }), ", ") + "]";
}

template <class T> void appendDoubles(llvm::StringRef bytes, std::vector<double> &values) {
  for (size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = element;
  }
}

} // namespace

llvm::Expected<HostArray> plait::readNpy(llvm::StringRef path, DLDataType type, std::vector<int64_t> shape) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return refuse(path, "can't be read: " + file.getError().message());
  auto header = parseHeader(path, (*file)->getBuffer());
  if (!header)
    return header.takeError();
  if (header->shape != shape)
    return refuse(path, "expects shape " + printShape(shape) + ", but got " + printShape(header->shape));
  HostArray array(type, std::move(shape));
  std::vector<double> values(array.count());
  size_t width = 0;
  // The type is a byte order, a letter and the bytes of an element.
  if (header->type.substr(2).getAsInteger(10, width))
    return refuse(path, "expects elements of f32, f64, i32 or i64, but got " + header->type);
  if (header->elements.size() != values.size() * width)
    return refuse(path, "expects " + std::to_string(values.size() * width) + " bytes of elements, but got " +
                            std::to_string(header->elements.size()));
  if (header->type == "<f4")
    appendDoubles<float>(header->elements, values);
  else if (header->type == "<f8")
    appendDoubles<double>(header->elements, values);
  else if (header->type == "<i4")
    appendDoubles<int32_t>(header->elements, values);
  else if (header->type == "<i8")
    appendDoubles<int64_t>(header->elements, values);
  else
    return refuse(path, "expects elements of f32, f64, i32 or i64, but got " + header->type);
  array.fromDoubles(values);
  return array;
}

llvm::Error plait::writeNpy(llvm::StringRef path, const HostArray &array) {
  std::string shape;
  for (int64_t extent : array.shape())
    shape += std::to_string(extent) + ",";
  std::string dictionary = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }";
  dictionary.append(63 - (magic.size() + 4 + dictionary.size()) % 64, ' ');
  dictionary += '\n';
  std::vector<double> values = array.toDoubles();
  std::string content;
  llvm::raw_string_ostream os(content);
  os << magic << '\x01' << '\x00' << char(dictionary.size() & 0xff) << char(dictionary.size() >> 8) << dictionary;
  os.write(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(double));
  return writeFile(path, content);
}
