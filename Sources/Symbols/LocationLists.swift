// Which expression locates a variable at an address (DWARF 5, section 2.6.2; DWARF 4, 2.6.2).

extension Unit {
  /// The location expression that holds at a file address; `nil` if there is none.
  func locationExpression(_ value: FormValue, at address: UInt64) -> ByteView? {
    switch value.kind {
    case .block: return bytes.slice(value.number, UInt64(value.length))
    case .sectionOffset:
      return encoding.version < 5
        ? oldLocation(at: value.number, address) : location(at: value.number, address)
    case .unsigned where encoding.version < 4:
      return oldLocation(at: value.number, address)
    case .locationIndex:
      let width: UInt64 = encoding.is64Bit ? 8 : 4
      var cursor = ByteCursor(
        debug.locationLists, at: locationListsBase &+ value.number &* width)
      let offset = cursor.offset(is64Bit: encoding.is64Bit)
      return cursor.failed ? nil : location(at: locationListsBase &+ offset, address)
    default: return nil
    }
  }

  private static let entryLimit = 65_536

  private func oldLocation(at offset: UInt64, _ address: UInt64) -> ByteView? {
    var cursor = ByteCursor(debug.locations, at: offset)
    var base = self.base
    let selector: UInt64 = encoding.addressSize == 8 ? ~0 : 0xffff_ffff
    for _ in 0..<Self.entryLimit {
      let low = cursor.address(size: encoding.addressSize)
      let high = cursor.address(size: encoding.addressSize)
      if cursor.failed || low == 0 && high == 0 { return nil }
      if low == selector {
        base = high
        continue
      }
      guard let code = cursor.take(UInt64(cursor.u16())) else { return nil }
      if address >= base &+ low && address < base &+ high { return code }
    }
    return nil
  }

  private func location(at offset: UInt64, _ target: UInt64) -> ByteView? {
    var cursor = ByteCursor(debug.locationLists, at: offset)
    var base = self.base
    var fallback: ByteView?
    for _ in 0..<Self.entryLimit {
      var low: UInt64 = 0
      var high: UInt64 = 0
      var isDefault = false
      switch cursor.u8() {
      case 1:
        base = address(index: cursor.uleb()) ?? 0
        continue
      case 2:
        low = address(index: cursor.uleb()) ?? 0
        high = address(index: cursor.uleb()) ?? 0
      case 3:
        low = address(index: cursor.uleb()) ?? 0
        high = low &+ cursor.uleb()
      case 4:
        low = base &+ cursor.uleb()
        high = base &+ cursor.uleb()
      case 5: isDefault = true
      case 6:
        base = cursor.address(size: encoding.addressSize)
        continue
      case 7:
        low = cursor.address(size: encoding.addressSize)
        high = cursor.address(size: encoding.addressSize)
      case 8:
        low = cursor.address(size: encoding.addressSize)
        high = low &+ cursor.uleb()
      default: return fallback
      }
      guard let code = cursor.take(cursor.uleb()) else { return fallback }
      if isDefault { fallback = code }
      if target >= low && target < high { return code }
    }
    return fallback
  }
}
