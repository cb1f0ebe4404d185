// Abbreviation tables: the shapes of a unit's debugging entries (DWARF 5, section 7.5.3).

/// One attribute of a shape.
struct AttributeShape {
  var name: UInt16
  var form: UInt16
  var implicit: Int64
}

/// The shape of debugging entries with one code.
struct EntryShape {
  var tag: UInt16
  var hasChildren: Bool
  /// Where the shape's attributes begin in the table's `attributes`.
  var first: Int32
  var count: Int32
  /// How many bytes all values take together; -1 if that depends on the values.
  var fixedSize: Int32
}

/// The shapes that one or more units share.
final class Abbreviations {
  private(set) var attributes: [AttributeShape] = []
  /// The shapes of codes 1, 2, 3…, as every compiler numbers them.
  private var dense: [EntryShape] = []
  private var sparse: [UInt64: EntryShape] = [:]

  /// Reads a table; ends at the first thing that makes no sense. `budget` is how many attributes
  /// may still be read in all, so that overlapping tables cannot multiply the file's size.
  init(_ section: ByteView, at offset: UInt64, _ encoding: Encoding, budget: inout Int) {
    var cursor = ByteCursor(section, at: offset)
    while !cursor.failed, budget > 0 {
      let code = cursor.uleb()
      if code == 0 { return }
      let tag = UInt16(truncatingIfNeeded: cursor.uleb())
      let hasChildren = cursor.u8() != 0
      let first = attributes.count
      var size = 0
      while budget > 0 {
        budget &-= 1
        let name = cursor.uleb()
        let form = UInt16(truncatingIfNeeded: cursor.uleb())
        if cursor.failed { return }
        if name == 0 && form == 0 { break }
        let implicit = form == Form.implicitConst ? cursor.sleb() : 0
        attributes.append(
          AttributeShape(name: UInt16(truncatingIfNeeded: name), form: form, implicit: implicit))
        let fixed = encoding.fixedSize(of: form)
        size = fixed < 0 || size < 0 ? -1 : size &+ fixed
      }
      let shape = EntryShape(
        tag: tag, hasChildren: hasChildren, first: Int32(truncatingIfNeeded: first),
        count: Int32(truncatingIfNeeded: attributes.count &- first),
        fixedSize: Int32(truncatingIfNeeded: size))
      if code == UInt64(dense.count &+ 1) { dense.append(shape) } else { sparse[code] = shape }
    }
  }

  /// The shape of a code; `nil` if the table has none.
  @inline(__always)
  func shape(_ code: UInt64) -> EntryShape? {
    let index = code &- 1
    if index < UInt64(dense.count) { return dense[Int(index)] }
    return sparse[code]
  }
}
