// The front of a core file: ELF header, program headers, notes. Memory follows where the segments
// say, on page boundaries, so that what was never used can stay a hole of the file.

public import Bytes
internal import JSON

/// What is written before a core's memory.
public struct CoreWriter {
  /// The memory that the file is to hold: `offset`s are `place`'s.
  public private(set) var segments: [CoreSegment] = []
  /// The threads, the current one first.
  public var threads: [CoreThread]
  public var buildID: BuildID?
  public var origin: CoreOrigin
  /// Room for so many bytes is left before the memory.
  private let room: UInt64
  private var end: UInt64

  /// What a page of memory is, and of the file.
  public static let page: UInt64 = 4096

  /// A core with room for `segments` segments of memory.
  public init(
    segments: Int, threads: [CoreThread], buildID: BuildID?, origin: CoreOrigin
  ) {
    self.threads = threads
    self.buildID = buildID
    self.origin = origin
    let headers = UInt64(64 + (segments + 1) * 56) + 4096
    // What the origin says may still change by a few words.
    let notes = UInt64(Self.notes(threads, buildID, origin).count)
    room = (headers + notes + Self.page - 1) & ~(Self.page - 1)
    end = room
  }

  /// Adds memory and says where in the file it goes. What follows the last segment lengthens it.
  public mutating func place(_ start: UInt64, size: UInt64) -> CoreSegment {
    let segment = CoreSegment(start: start, size: size, offset: end)
    if let last = segments.last, last.start &+ last.size == start, last.offset + last.size == end {
      segments[segments.count - 1].size += size
    } else {
      segments.append(segment)
    }
    end = (end + size + Self.page - 1) & ~(Self.page - 1)
    return segment
  }

  /// How long the file is.
  public var fileSize: UInt64 { segments.last.map { $0.offset + $0.size } ?? room }

  /// The file's first bytes; nil if they take more room than was left for them.
  public func front() -> [UInt8]? {
    let notes = Self.notes(threads, buildID, origin)
    let count = segments.count + 1
    let notesAt = UInt64(64 + count * 56)
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    for (value, width): (UInt64, Int) in [
      (4, 2), (62, 2), (1, 4), (0, 8), (64, 8), (0, 8), (0, 4), (64, 2), (56, 2),
      (UInt64(count), 2), (0, 2), (0, 2), (0, 2),
    ] {
      bytes.append(value, width)
    }
    Self.append(4, 0, notesAt, 0, UInt64(notes.count), 4, to: &bytes)
    for segment in segments {
      Self.append(1, 7, segment.offset, segment.start, segment.size, Self.page, to: &bytes)
    }
    bytes += notes
    return UInt64(bytes.count) <= room ? bytes : nil
  }

  /// A program header; RAM is mapped where it stands, so both addresses are one.
  private static func append(
    _ type: UInt64, _ flags: UInt64, _ offset: UInt64, _ address: UInt64, _ size: UInt64,
    _ alignment: UInt64, to bytes: inout [UInt8]
  ) {
    bytes.append(type, 4)
    bytes.append(flags, 4)
    for value in [offset, address, address, size, type == 1 ? size : 0, alignment] {
      bytes.append(value, 8)
    }
  }

  private static func notes(
    _ threads: [CoreThread], _ buildID: BuildID?, _ origin: CoreOrigin
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, thread) in threads.enumerated() {
      bytes += CoreNote(name: "CORE", type: CoreNote.status, descriptor: thread.status).bytes
      // Of a process there is one NT_PRPSINFO, after the first thread's status.
      if index == 0 { bytes += process(origin).bytes }
      if let vectors = thread.vectors {
        bytes += CoreNote(name: "CORE", type: CoreNote.vectors, descriptor: vectors).bytes
      }
    }
    if let buildID {
      bytes += CoreNote(name: "GNU", type: CoreNote.buildID, descriptor: buildID.bytes).bytes
    }
    let text = Array(origin.object.text.utf8)
    return bytes + CoreNote(name: CoreNote.ours, type: CoreNote.origin, descriptor: text).bytes
  }

  /// What debuggers show as the program: the instance.
  private static func process(_ origin: CoreOrigin) -> CoreNote {
    var descriptor = [UInt8](repeating: 0, count: 136)
    for (place, most, text) in [
      (40, 15, origin.name), (56, 79, "\(origin.name) (\(origin.state))"),
    ] {
      for (index, byte) in text.utf8.prefix(most).enumerated() { descriptor[place + index] = byte }
    }
    return CoreNote(name: "CORE", type: CoreNote.process, descriptor: descriptor)
  }
}
