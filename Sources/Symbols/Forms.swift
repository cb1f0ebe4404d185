// Reading and skipping attribute values of every form (DWARF 5, section 7.5.6).

/// The properties of a unit that its values' sizes depend on.
struct Encoding: Hashable {
  var version: UInt16
  var addressSize: UInt8
  var is64Bit: Bool

  /// How many bytes a value of this form takes; -1 if that depends on the value.
  func fixedSize(of form: UInt16) -> Int {
    switch form {
    case Form.addr: Int(addressSize)
    case Form.data1, Form.ref1, Form.flag, Form.strx1, Form.addrx1: 1
    case Form.data2, Form.ref2, Form.strx2, Form.addrx2: 2
    case Form.strx3, Form.addrx3: 3
    case Form.data4, Form.ref4, Form.strx4, Form.addrx4, Form.refSup4: 4
    case Form.data8, Form.ref8, Form.refSig8, Form.refSup8: 8
    case Form.data16: 16
    case Form.strp, Form.lineStrp, Form.secOffset, Form.strpSup: is64Bit ? 8 : 4
    case Form.refAddr: version <= 2 ? Int(addressSize) : is64Bit ? 8 : 4
    case Form.flagPresent, Form.implicitConst: 0
    default: -1
    }
  }
}

/// One attribute's value as it stands in the file; what it refers to is not followed yet.
struct FormValue {
  enum Kind: UInt8 {
    case absent, address, addressIndex, unsigned, signed
    /// Text in `.debug_info`, `.debug_str`, `.debug_line_str`, or by index.
    case inlineString, string, lineString, stringIndex
    /// `length` bytes at the offset `number` of the section that holds the value.
    case block
    /// An offset in `.debug_info`.
    case reference
    case sectionOffset, rangeIndex, locationIndex
    case other
  }

  var kind = Kind.absent
  var length: UInt32 = 0
  var number: UInt64 = 0

  var isPresent: Bool { kind != .absent }
  /// The value of a constant; `nil` for other kinds.
  var constant: UInt64? { kind == .unsigned || kind == .signed ? number : nil }
  /// The offset that the value refers to in `.debug_info`.
  var reference: UInt64? { kind == .reference ? number : nil }
}

extension ByteCursor {
  /// Moves behind a value.
  @inline(__always)
  mutating func skip(form: UInt16, _ encoding: Encoding) {
    let size = encoding.fixedSize(of: form)
    if size >= 0 { skip(size) } else { _ = value(form: form, encoding, implicit: 0, unit: 0) }
  }

  /// Reads a value; `unit` is the offset that unit-relative references count from.
  mutating func value(
    form: UInt16, _ encoding: Encoding, implicit: Int64, unit: UInt64
  ) -> FormValue {
    switch form {
    case Form.addr: return FormValue(kind: .address, number: address(size: encoding.addressSize))
    case Form.data1: return FormValue(kind: .unsigned, length: 1, number: UInt64(u8()))
    case Form.data2: return FormValue(kind: .unsigned, length: 2, number: UInt64(u16()))
    case Form.data4: return FormValue(kind: .unsigned, length: 4, number: UInt64(u32()))
    case Form.data8: return FormValue(kind: .unsigned, length: 8, number: u64())
    case Form.flag: return FormValue(kind: .unsigned, number: UInt64(u8()))
    case Form.flagPresent: return FormValue(kind: .unsigned, number: 1)
    case Form.udata: return FormValue(kind: .unsigned, number: uleb())
    case Form.sdata: return FormValue(kind: .signed, number: UInt64(bitPattern: sleb()))
    case Form.implicitConst:
      return FormValue(kind: .signed, number: UInt64(bitPattern: implicit))
    case Form.ref1: return FormValue(kind: .reference, number: unit &+ UInt64(u8()))
    case Form.ref2: return FormValue(kind: .reference, number: unit &+ UInt64(u16()))
    case Form.ref4: return FormValue(kind: .reference, number: unit &+ UInt64(u32()))
    case Form.ref8: return FormValue(kind: .reference, number: unit &+ u64())
    case Form.refUdata: return FormValue(kind: .reference, number: unit &+ uleb())
    case Form.refAddr:
      let target =
        encoding.version <= 2
        ? address(size: encoding.addressSize) : offset(is64Bit: encoding.is64Bit)
      return FormValue(kind: .reference, number: target)
    case Form.secOffset:
      return FormValue(kind: .sectionOffset, number: offset(is64Bit: encoding.is64Bit))
    case Form.block1: return block(UInt64(u8()))
    case Form.block2: return block(UInt64(u16()))
    case Form.block4: return block(UInt64(u32()))
    case Form.data16: return block(16)
    case Form.block, Form.exprloc: return block(uleb())
    case Form.indirect:
      // One level only: an indirect form that names itself would never end.
      let actual = uleb()
      guard actual != UInt64(Form.indirect), actual != UInt64(Form.implicitConst),
        let form = UInt16(exactly: actual)
      else {
        fail()
        return FormValue(kind: .other)
      }
      return value(form: form, encoding, implicit: 0, unit: unit)
    default: return indexedValue(form: form, encoding)
    }
  }

  private mutating func indexedValue(form: UInt16, _ encoding: Encoding) -> FormValue {
    switch form {
    case Form.string:
      let start = UInt64(offset)
      _ = terminated()
      return FormValue(kind: .inlineString, number: start)
    case Form.strp: return FormValue(kind: .string, number: offset(is64Bit: encoding.is64Bit))
    case Form.lineStrp:
      return FormValue(kind: .lineString, number: offset(is64Bit: encoding.is64Bit))
    case Form.strx: return FormValue(kind: .stringIndex, number: uleb())
    case Form.strx1: return FormValue(kind: .stringIndex, number: UInt64(u8()))
    case Form.strx2: return FormValue(kind: .stringIndex, number: UInt64(u16()))
    case Form.strx3: return FormValue(kind: .stringIndex, number: threeBytes())
    case Form.strx4: return FormValue(kind: .stringIndex, number: UInt64(u32()))
    case Form.addrx: return FormValue(kind: .addressIndex, number: uleb())
    case Form.addrx1: return FormValue(kind: .addressIndex, number: UInt64(u8()))
    case Form.addrx2: return FormValue(kind: .addressIndex, number: UInt64(u16()))
    case Form.addrx3: return FormValue(kind: .addressIndex, number: threeBytes())
    case Form.addrx4: return FormValue(kind: .addressIndex, number: UInt64(u32()))
    case Form.rnglistx: return FormValue(kind: .rangeIndex, number: uleb())
    case Form.loclistx: return FormValue(kind: .locationIndex, number: uleb())
    default:
      let size = encoding.fixedSize(of: form)
      if size >= 0 { skip(size) } else { fail() }
      return FormValue(kind: .other)
    }
  }

  private mutating func threeBytes() -> UInt64 { UInt64(u16()) | UInt64(u8()) << 16 }

  private mutating func block(_ length: UInt64) -> FormValue {
    let start = UInt64(offset)
    skip(length)
    return FormValue(kind: .block, length: UInt32(truncatingIfNeeded: length), number: start)
  }
}
