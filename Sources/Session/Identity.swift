// Do the symbols belong to what runs? The build id in the target's memory says so. Position-
// independent images are moved; the run-time entry address says how far.

internal import Bytes
public import Inspect
internal import Symbols

extension Session {
  /// Forgets all that old symbols said, and moves new ones to where the image runs.
  func symbolsChanged() {
    stop.drop()
    symbolStatus = symbols.map { .unverified(path: $0.path) } ?? .none
    isIdentified = false
    imageTime = symbols.flatMap { SourceStore.modificationTime(of: $0.path) }
    if let symbols, symbols.isPositionIndependent, let entry = target.profile.entry {
      symbols.bias = symbols.bias &+ (entry.value &- symbols.entry.value)
    }
  }

  /// Compares the build id in the target's memory with that of the symbols; once, while it stands
  /// still. Without symbols, looks the id up in the symbol cache.
  public func identify() throws(InspectError) {
    guard !isIdentified, case .stopped = target.state else { return }
    isIdentified = true
    guard let range = identityRange() else { return }
    guard let bytes = peek(range.address, range.count) ?? peekPart(range.address, range.count)
    else { return }
    judge(BuildNote.find(in: bytes))
  }

  /// Where the image's build id is in memory, or where it probably is.
  func identityRange() -> (address: Address, count: Int)? {
    if let symbols {
      guard let note = symbols.sections.first(where: { $0.name == ".note.gnu.build-id" }),
        note.size <= 4096
      else { return nil }
      return (note.address, Int(note.size))
    }
    // Our images begin at 1 MiB and carry the note in their first page.
    // Whatever else tells where it is entered is a process, which may be anywhere.
    if target.profile.kind == "agent" { return (Address(0x100000), 1024) }
    return target.profile.entry == nil ? (Address(0x100000), 4096) : nil
  }

  private func peekPart(_ address: Address, _ count: Int) -> [UInt8]? {
    try? target.readMemory(at: address, count: count)
  }

  private func judge(_ found: BuildID?) {
    guard let symbols else {
      guard let found else { return }
      if let path = SymbolCache.path(of: found), let file = try? SymbolFile(path: path) {
        self.symbols = file
        isIdentified = true
        symbolStatus = .matched(found, path: path)
      } else {
        symbolStatus = .missing(found)
      }
      return
    }
    guard let found, let own = symbols.buildID else { return }
    symbolStatus =
      found == own
      ? .matched(own, path: symbols.path)
      : .mismatched(target: found, file: own, path: symbols.path)
  }
}

/// The `NT_GNU_BUILD_ID` note as it stands in memory.
enum BuildNote {
  /// Finds the first such note at a multiple of four bytes.
  static func find(in bytes: [UInt8]) -> BuildID? {
    var offset = 0
    while offset + 16 <= bytes.count {
      if bytes[offset] == 4, bytes[(offset + 1)..<(offset + 4)].allSatisfy({ $0 == 0 }),
        bytes[(offset + 8)..<(offset + 12)].elementsEqual([3, 0, 0, 0]),
        bytes[(offset + 12)..<(offset + 16)].elementsEqual([0x47, 0x4e, 0x55, 0])
      {
        let size = Int(bytes[offset + 4]) | Int(bytes[offset + 5]) << 8
        if bytes[(offset + 6)..<(offset + 8)].allSatisfy({ $0 == 0 }),
          offset + 16 + size <= bytes.count
        {
          return BuildID(Array(bytes[(offset + 16)..<(offset + 16 + size)]))
        }
      }
      offset += 4
    }
    return nil
  }
}
