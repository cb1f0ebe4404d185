// ELF notes, in files and in a target's memory, for the one that names the build.

public import Bytes

extension SymbolFile {
  /// Finds the GNU build id note in the first bytes of an image in memory.
  ///
  /// The note may stand anywhere at a multiple of four: at the start, behind other notes, or
  /// behind an ELF header and program headers. `nil` if there is none that is whole.
  public static func buildID(inFirstPage page: [UInt8]) -> BuildID? {
    MappedFile(bytes: page).scanForBuildID()
  }
}

extension MappedFile {
  func scanForBuildID() -> BuildID? {
    var offset = 0
    while view.contains(offset, 16) {
      if let found = ELFImage.buildIDNote(in: view, at: offset) { return found }
      offset &+= 4
    }
    return nil
  }
}

extension ELFImage {
  /// The build id, if a note with one begins at `offset`.
  static func buildIDNote(in view: ByteView, at offset: Int) -> BuildID? {
    let nameSize = view.load(offset, as: UInt32.self)
    let size = view.load(offset &+ 4, as: UInt32.self)
    guard nameSize == 4, view.load(offset &+ 8, as: UInt32.self) == 3, size >= 1, size <= 64,
      view.load(offset &+ 12, as: UInt32.self) == 0x0055_4e47,
      let descriptor = view.slice(UInt64(offset &+ 16), UInt64(size))
    else { return nil }
    return BuildID(descriptor.bytes)
  }

  static func buildID(
    of view: ByteView, _ sections: [ELFSection], _ segments: [ELFSegment]
  ) -> BuildID? {
    for section in sections where section.type == 7 {
      if let found = buildID(inNotes: view.slice(section.offset, section.size)) { return found }
    }
    for segment in segments where segment.type == 4 {
      if let found = buildID(inNotes: view.slice(segment.offset, segment.fileSize)) {
        return found
      }
    }
    return nil
  }

  private static func buildID(inNotes notes: ByteView?) -> BuildID? {
    guard let notes else { return nil }
    var offset = 0
    while notes.contains(offset, 12) {
      if let found = buildIDNote(in: notes, at: offset) { return found }
      let name = Int(notes.load(offset, as: UInt32.self)) &+ 3 & ~3
      let descriptor = Int(notes.load(offset &+ 4, as: UInt32.self)) &+ 3 & ~3
      offset &+= 12 &+ name &+ descriptor
    }
    return nil
  }
}
