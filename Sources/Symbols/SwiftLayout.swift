// How values of a Swift type lie in memory. The debug information of Embedded Swift names all fields
// but puts them without their alignment (Swift 6.3: an Int32 and a Double at 0 and 4), so the layout
// is computed as the compiler does it (docs/ABI/TypeLayout.rst in swiftlang/swift, "Fragile struct
// and tuple layout", "Enum layout") and believed only where its size is the recorded one.

/// The layout of a type.
indirect enum SwiftLayout {
  case scalar(ScalarKind, size: Int)
  /// The standard library's string.
  case string
  /// The standard library's array of elements of a layout: a pointer to their storage.
  case array(SwiftLayout)
  case structure([(name: String, offset: Int, layout: SwiftLayout)], size: Int, alignment: Int)
  /// An enumeration whose cases have no payloads.
  case cases([String], size: Int)
  case optional(SwiftLayout, size: Int)

  /// In bytes.
  var size: Int {
    switch self {
    case .scalar(_, let size), .structure(_, let size, _), .cases(_, let size),
      .optional(_, let size):
      size
    case .string: 16
    case .array: 8
    }
  }

  /// In bytes.
  var alignment: Int {
    switch self {
    case .scalar(_, let size), .cases(_, let size): max(1, size)
    case .structure(_, _, let alignment): alignment
    case .optional(let payload, _): payload.alignment
    case .string, .array: 8
    }
  }

  /// The distance between elements of an array, in bytes.
  var stride: Int { max(1, (size + alignment - 1) / alignment * alignment) }

  /// Puts fields one behind the other, each at the next multiple of its alignment.
  static func structure(_ fields: [(name: String, layout: SwiftLayout)]) -> SwiftLayout {
    var placed: [(name: String, offset: Int, layout: SwiftLayout)] = []
    var (end, alignment) = (0, 1)
    for field in fields {
      let step = field.layout.alignment
      let offset = (end + step - 1) / step * step
      placed.append((field.name, offset, field.layout))
      end = offset + field.layout.size
      alignment = max(alignment, step)
    }
    return .structure(placed, size: end, alignment: alignment)
  }

  /// Where an optional of this that takes no more room keeps that it is absent: a place and the
  /// number there (the first extra inhabitant); `nil` if that is not known.
  var firstExtraInhabitant: (offset: Int, size: Int, value: UInt64)? {
    switch self {
    case .scalar(.pointer, let size): (0, size, 0)
    case .array: (0, 8, 0)
    case .scalar(.boolean, _): (0, 1, 2)
    case .scalar: nil
    // The object's word; that of a small string is never zero.
    case .string: (8, 8, 0)
    case .cases(let names, let size) where size == 1 && names.count < 256:
      (0, 1, UInt64(names.count))
    case .cases, .optional: nil
    case .structure(let fields, _, _):
      // Of several the compiler takes the one with the most; where only one has any there is no
      // question.
      fields.count { $0.layout.mayHaveExtraInhabitants } == 1
        ? fields.lazy.compactMap { field in
          field.layout.firstExtraInhabitant.map { ($0.0 + field.offset, $0.1, $0.2) }
        }.first : nil
    }
  }

  private var mayHaveExtraInhabitants: Bool {
    switch self {
    case .scalar(let kind, _): kind == .pointer || kind == .boolean
    case .string, .cases, .array: true
    case .optional(let payload, let size): size > payload.size || payload.size > 0
    case .structure(let fields, _, _): fields.contains { $0.layout.mayHaveExtraInhabitants }
    }
  }
}
