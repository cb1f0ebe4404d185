// What attribute values refer to: strings, addresses and range lists of a unit.

extension Unit {
  /// The text that a value stands for.
  func string(_ value: FormValue) -> String? { stringBytes(value)?.text }

  /// The bytes of the text that a value stands for.
  func stringBytes(_ value: FormValue) -> ByteView? {
    switch value.kind {
    case .inlineString: return bytes.terminated(at: value.number)
    case .string: return debug.strings.terminated(at: value.number)
    case .lineString: return debug.lineStrings.terminated(at: value.number)
    case .stringIndex:
      let width: UInt64 = encoding.is64Bit ? 8 : 4
      var cursor = ByteCursor(
        debug.stringOffsets, at: stringOffsetsBase &+ value.number &* width)
      let offset = cursor.offset(is64Bit: encoding.is64Bit)
      return cursor.failed ? nil : debug.strings.terminated(at: offset)
    default: return nil
    }
  }

  /// The address that a value stands for.
  func address(_ value: FormValue) -> UInt64? {
    switch value.kind {
    case .address: return value.number
    case .addressIndex: return address(index: value.number)
    default: return nil
    }
  }

  /// An address of the unit's part of `.debug_addr`.
  func address(index: UInt64) -> UInt64? {
    var cursor = ByteCursor(
      debug.addresses, at: addressBase &+ index &* UInt64(encoding.addressSize))
    let address = cursor.address(size: encoding.addressSize)
    return cursor.failed ? nil : address
  }

  /// The code that an entry covers, without what the linker discarded.
  func codeRanges(low: FormValue, high: FormValue, ranges: FormValue) -> [AddressRange] {
    var result: [AddressRange] = []
    appendCodeRanges(low: low, high: high, ranges: ranges, to: &result)
    return result
  }

  /// Appends the code that an entry covers, without what the linker discarded.
  func appendCodeRanges(
    low: FormValue, high: FormValue, ranges: FormValue, to result: inout [AddressRange]
  ) {
    if ranges.isPresent {
      appendRangeList(ranges, to: &result)
      return
    }
    guard let start = address(low), high.isPresent else { return }
    let end = address(high) ?? (start &+ (high.constant ?? 0))
    if start < end, debug.image.isCode(start) {
      result.append(AddressRange(low: start, high: end))
    }
  }

  private func appendRangeList(_ value: FormValue, to result: inout [AddressRange]) {
    if encoding.version < 5 {
      appendOldRangeList(at: value.number, to: &result)
      return
    }
    var offset = value.number
    if value.kind == .rangeIndex {
      let width: UInt64 = encoding.is64Bit ? 8 : 4
      var cursor = ByteCursor(debug.rangeLists, at: rangeListsBase &+ value.number &* width)
      offset = rangeListsBase &+ cursor.offset(is64Bit: encoding.is64Bit)
      if cursor.failed { return }
    }
    var cursor = ByteCursor(debug.rangeLists, at: offset)
    var base = self.base
    while !cursor.failed, debug.budget.ranges > 0 {
      debug.budget.ranges &-= 1
      switch cursor.u8() {
      case 1: base = address(index: cursor.uleb()) ?? 0
      case 2:
        let start = address(index: cursor.uleb()) ?? 0
        append(start, address(index: cursor.uleb()) ?? 0, to: &result)
      case 3:
        let start = address(index: cursor.uleb()) ?? 0
        append(start, start &+ cursor.uleb(), to: &result)
      case 4:
        let start = base &+ cursor.uleb()
        append(start, base &+ cursor.uleb(), to: &result)
      case 5: base = cursor.address(size: encoding.addressSize)
      case 6:
        let start = cursor.address(size: encoding.addressSize)
        append(start, cursor.address(size: encoding.addressSize), to: &result)
      case 7:
        let start = cursor.address(size: encoding.addressSize)
        append(start, start &+ cursor.uleb(), to: &result)
      default: return
      }
    }
  }

  private func appendOldRangeList(at offset: UInt64, to result: inout [AddressRange]) {
    var cursor = ByteCursor(debug.ranges, at: offset)
    var base = self.base
    let selector: UInt64 = encoding.addressSize == 8 ? ~0 : 0xffff_ffff
    while !cursor.failed, debug.budget.ranges > 0 {
      debug.budget.ranges &-= 1
      let low = cursor.address(size: encoding.addressSize)
      let high = cursor.address(size: encoding.addressSize)
      if low == 0 && high == 0 { return }
      if low == selector { base = high } else { append(base &+ low, base &+ high, to: &result) }
    }
  }

  private func append(_ low: UInt64, _ high: UInt64, to result: inout [AddressRange]) {
    if low < high, debug.image.isCode(low) { result.append(AddressRange(low: low, high: high)) }
  }
}
