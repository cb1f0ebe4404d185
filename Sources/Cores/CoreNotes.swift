// The notes of a core: pairs of a name and a type say what each is. Those of Linux (core(5), `CORE`),
// the build id (`GNU`), QEMU's and our own.

internal import Bytes

/// A note as it stands in the file: name, type, descriptor, each padded to four bytes.
struct CoreNote {
  var name: String
  var type: UInt64
  var descriptor: [UInt8]

  static let (status, vectors, process, auxiliary) = (UInt64(1), UInt64(2), UInt64(3), UInt64(6))
  static let buildID: UInt64 = 3
  /// Our own, of a type that means something else to nobody.
  static let (ours, origin) = ("Porthole", UInt64(0x100))

  /// The note's bytes.
  var bytes: [UInt8] {
    let text = Array(name.utf8) + [0]
    var bytes: [UInt8] = []
    bytes.append(UInt64(text.count), 4)
    bytes.append(UInt64(descriptor.count), 4)
    bytes.append(type, 4)
    for part in [text, descriptor] {
      bytes += part
      while bytes.count & 3 != 0 { bytes.append(0) }
    }
    return bytes
  }
}

/// What the notes say, put together.
struct CoreNotes {
  var threads: [CoreThread] = []
  var origin: CoreOrigin?
  var buildID: BuildID?
  var entry: UInt64?
  var program: String?
  var isFromQEMU = false

  /// The most threads that are listed.
  static let mostThreads = 4096

  /// Reads one segment of notes.
  mutating func read(_ bytes: [UInt8]) {
    var position = 0
    while bytes.count - position >= 12 {
      let nameSize = Int(bytes.little(position, 4))
      let size = Int(bytes.little(position + 4, 4))
      let type = bytes.little(position + 8, 4)
      let nameAt = position + 12
      let at = nameAt + (nameSize + 3) & ~3
      guard at <= bytes.count, size <= bytes.count - at else { return }
      let name = bytes[nameAt..<(nameAt + nameSize)].prefix { $0 != 0 }
      take(
        CoreNote(
          name: String(decoding: name.prefix(32), as: UTF8.self), type: type,
          descriptor: Array(bytes[at..<(at + size)])))
      position = at + (size + 3) & ~3
    }
  }

  private mutating func take(_ note: CoreNote) {
    switch (note.name, note.type) {
    case ("CORE", CoreNote.status):
      guard threads.count < Self.mostThreads, let thread = CoreThread(status: note.descriptor)
      else { return }
      threads.append(thread)
    case ("CORE", CoreNote.vectors):
      guard !threads.isEmpty, note.descriptor.count == CoreThread.vectorSize else { return }
      threads[threads.count - 1].vectors = note.descriptor
    case ("CORE", CoreNote.process):
      // pr_psargs, or pr_fname where that is empty.
      for place in [56..<136, 40..<56] where place.upperBound <= note.descriptor.count {
        let text = note.descriptor[place].prefix { $0 != 0 }
        if !text.isEmpty { program = String(decoding: text, as: UTF8.self) }
        if program != nil { return }
      }
    case ("CORE", CoreNote.auxiliary):
      for at in stride(from: 0, to: note.descriptor.count - 15, by: 16)
      where note.descriptor.little(at) == 9 {
        entry = note.descriptor.little(at + 8)
      }
    case ("GNU", CoreNote.buildID): buildID = BuildID(note.descriptor)
    case (CoreNote.ours, CoreNote.origin): origin = CoreOrigin(note.descriptor)
    case ("QEMU", _): isFromQEMU = true
    default: break
    }
  }
}
