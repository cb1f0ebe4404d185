// A dump of a target behind a stub: memory comes through the link, so the target stands still as
// long as that takes, and progress is shown.

internal import Bytes
internal import Cores
internal import Glibc
internal import Inspect
internal import Launcher
internal import Readings
internal import Session
internal import Symbols

/// Dumps a target through its stub.
struct LinkDump {
  private let options: TargetOptions
  private let ranges: [MemoryRange]

  /// Bytes of one flight, and the most pieces of memory that a core is made of.
  private static let flight = 1 << 20
  private static let mostSegments = 1024

  init(_ options: TargetOptions, _ ranges: [MemoryRange]) {
    self.options = options
    self.ranges = ranges
  }

  func write(to path: String) throws -> DumpResult {
    let start = Moment.microseconds
    let target = try OpenTarget(options.target, symbols: options.symbols, cap: .observe)
    if target.wasRunning, let instance = target.instance {
      do { try instance.demand(.stop, "a dump stops it for as long as it takes") } catch {
        target.leave()
        throw error
      }
    }
    let file: DumpFile
    let ranges: [MemoryRange]
    var origin = CoreOrigin(
      name: target.supervised.profile.name, state: target.wasRunning ? "running" : "stopped")
    let dumped: (writer: CoreWriter, bytes: UInt64, unreadable: UInt64)
    do {
      try? target.session.refresh()
      origin.time = time(nil)
      origin.root = target.session.symbols?.data(named: "porthole_root")?.address.value
      file = try DumpFile(path)
      ranges = try wanted(target, origin.root)
      dumped = try copy(target, ranges, origin, file)
    } catch {
      target.leave()
      throw error
    }
    target.leave()
    let pause = target.wasRunning ? Moment.microseconds - start : 0
    try file.finish(dumped.writer)
    return DumpResult(
      origin: origin, memory: ranges.reduce(0) { $0 + $1.size }, copied: dumped.bytes,
      unreadable: dumped.unreadable, pause: pause, threads: dumped.writer.threads.count)
  }

  /// What to read: what was asked for, else the RAM that the target announces, else that of which
  /// it tells in its own memory.
  private func wanted(_ target: OpenTarget, _ root: UInt64?) throws -> [MemoryRange] {
    if !ranges.isEmpty { return ranges }
    let announced = target.supervised.profile.memoryMap.filter { $0.kind == "ram" }
    if !announced.isEmpty {
      return announced.compactMap { MemoryRange(start: $0.start.value, size: $0.size) }
    }
    if let root, let reading = Reading(at: root, in: StoppedMemory(target.supervised)) {
      let told = reading.ranges.filter { $0.kind == "ram" }.compactMap {
        MemoryRange(start: $0.start, size: $0.end &- $0.start)
      }
      if !told.isEmpty { return told }
    }
    throw Failure(
      .usage,
      "the target does not say what memory it has: name it with --range ADDRESS+SIZE")
  }

  private func copy(
    _ target: OpenTarget, _ ranges: [MemoryRange], _ origin: CoreOrigin, _ file: DumpFile
  ) throws -> (writer: CoreWriter, bytes: UInt64, unreadable: UInt64) {
    var writer = CoreWriter(
      segments: Self.mostSegments, threads: try threads(target),
      buildID: buildID(target), origin: origin)
    let signals = SignalDescriptor(Interruption.signals)
    var progress = Progress(whole: ranges.reduce(0) { $0 + $1.size })
    var (copied, unreadable): (UInt64, UInt64) = (0, 0)
    for range in ranges {
      var position = range.start
      while position < range.start + range.size {
        if signals.take() != nil { throw Failure(.interrupted) }
        let count = Int(min(UInt64(Self.flight), range.start + range.size - position))
        let pieces = try read(target, position, count)
        unreadable += UInt64(count - pieces.reduce(0) { $0 + $1.bytes.count })
        for piece in pieces {
          let placed = writer.place(piece.start, size: UInt64(piece.bytes.count))
          copied += UInt64(try file.write(piece.bytes, at: placed.offset))
        }
        guard writer.segments.count <= Self.mostSegments else {
          throw Failure(.no, "memory is in too many pieces; name fewer with --range")
        }
        position += UInt64(count)
        progress.advanced(by: UInt64(count))
      }
    }
    progress.finish()
    guard !writer.segments.isEmpty else {
      throw Failure(.no, "none of that memory can be read")
    }
    return (writer, copied, unreadable)
  }

  /// Reads a piece of memory in one flight; what of it cannot be read is left out.
  private func read(
    _ target: OpenTarget, _ position: UInt64, _ count: Int
  ) throws -> [(start: UInt64, bytes: [UInt8])] {
    let pages = Array(stride(from: 0, to: count, by: 4096))
    let read: [[UInt8]?]
    do throws(InspectError) {
      read = try target.supervised.readMemory(
        ranges: pages.map { (Address(position + UInt64($0)), min(4096, count - $0)) })
    } catch {
      throw Failure(.targetDied, error.message)
    }
    var pieces: [(start: UInt64, bytes: [UInt8])] = []
    for (page, bytes) in zip(pages, read) {
      guard let bytes, !bytes.isEmpty else { continue }
      let address = position + UInt64(page)
      if let last = pieces.last, last.start + UInt64(last.bytes.count) == address {
        pieces[pieces.count - 1].bytes += bytes
      } else {
        pieces.append((address, bytes))
      }
    }
    return pieces
  }

  private func buildID(_ target: OpenTarget) -> BuildID? {
    if case .matched(let id, _) = target.session.symbolStatus { return id }
    if case .missing(let id) = target.session.symbolStatus { return id }
    return target.session.symbols?.buildID
  }

  private func threads(_ target: OpenTarget) throws -> [CoreThread] {
    let overview: Overview
    do throws(InspectError) {
      overview = try target.supervised.overview(of: nil, limit: 64)
    } catch {
      throw Failure(.targetDied, error.message)
    }
    return overview.threads.compactMap { thread in
      guard let file = overview.registers[thread.id] else { return nil }
      var registers: [String: UInt64] = [:]
      var vectors = VectorState()
      var hasVectors = false
      for definition in target.supervised.profile.registers {
        guard let bytes = file.bytes(definition.name) else { continue }
        if definition.size <= 8 {
          registers[definition.name] = file[definition.name]
        } else if definition.name.hasPrefix("xmm"), bytes.count == 16,
          let index = Int(definition.name.dropFirst(3))
        {
          let halves = [bytes[..<8], bytes[8...]].map {
            $0.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
          }
          vectors.setVector(index, low: halves[0], high: halves[1])
          hasVectors = true
        }
      }
      vectors.setControl(
        registers["fctrl"] ?? 0x37f, 0, 0, registers["mxcsr"] ?? 0x1f80)
      return CoreThread(
        number: thread.id.thread, registers: registers, vectors: hasVectors ? vectors.bytes : nil)
    }
  }
}
