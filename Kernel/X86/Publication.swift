// What bare metal tells of itself: memory, image, core, log and console. Referred to where an image
// publishes, and by the agent.

internal import CX86
internal import Log
internal import Machine
internal import Memory
internal import Publishing
internal import Telemetry

/// What the platform publishes.
public enum Publication {
  /// ELF's number of this processor.
  private static var machine: UInt32 { 62 }

  /// The address of the root block.
  public static var root: UInt64 { x86_porthole_root() }

  /// Makes the root block and publishes what is there from the start. Needs the heap.
  public static func start() {
    // Safety: a page of the image, zero, that nothing else uses.
    guard let memory = UnsafeMutableRawPointer(bitPattern: UInt(x86_porthole_root())) else {
      return
    }
    // The note's name and numbers take 16 bytes; the build id is the rest.
    let start = UInt(x86_build_id_start()) + 16
    let end = UInt(x86_build_id_end())
    let buildID = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: start), count: Int(max(end, start) - start))
    let clock = publishedPlace(of: &Core.current.clock)
    Publish.start(
      in: memory, machine: machine, buildID: buildID, clock: UInt(bitPattern: clock))
    publishCore()
    publishMemory()
    Allocator.heap.publish()
    Log.ring?.publish()
    SerialConsole.publish()
  }

  private static func publishCore() {
    Publish.gauge("core.0.handler", at: publishedPlace(of: &Core.current.handler))
    Publish.gauge("core.0.fiber", at: publishedPlace(of: &Core.current.fiber), type: .address)
    Publish.gauge("core.0.job", at: publishedPlace(of: &Core.current.job), type: .address)
    var example = FiberRecord(number: 0, name: "", stack: MemoryRegion(start: 0, size: 0))
    withUnsafeMutablePointer(to: &example) { record in
      func offset(_ place: UnsafeRawPointer) -> Int { place - UnsafeRawPointer(record) }
      Publish.list(
        "fibers", head: publishedPlace(of: &Core.current.fibers),
        next: offset(publishedPlace(of: &record.pointee.next)),
        [
          .text("name", at: offset(publishedPlace(of: &record.pointee.name))),
          PublishedField("number", at: offset(publishedPlace(of: &record.pointee.number))),
          .enumeration(
            "state", at: offset(publishedPlace(of: &record.pointee.isReady)), width: 8,
            ["waits or runs", "ready"]),
          PublishedField(
            "since", .instant, .instant, at: offset(publishedPlace(of: &record.pointee.since))),
          PublishedField(
            "stackPointer", .address,
            at: offset(publishedPlace(of: &record.pointee.stackPointer))),
          PublishedField(
            "stack", .address, at: offset(publishedPlace(of: &record.pointee.stack.start))),
          PublishedField(
            "stackSize", .unsigned, .bytes,
            at: offset(publishedPlace(of: &record.pointee.stack.size))),
        ])
    }
  }

  /// The ranges of RAM, and what of them the image and what stands beside it take.
  private static func publishMemory() {
    let kinds: [StaticString] = ["ram", "image", "code", "stack", "log"]
    var rows: [(start: UInt64, end: UInt64, kind: UInt64)] = [
      (x86_image_start(), x86_image_end(), 1), (x86_text_start(), x86_text_end(), 2),
      (x86_stack_bottom(), x86_stack_top(), 3), (x86_log_start(), x86_log_end(), 4),
    ]
    while let region = BootMemory.region(at: rows.count - 4) {
      rows.append((UInt64(region.start), UInt64(region.end), 0))
    }
    let words = Publish.words(3 * rows.count)
    for (index, row) in rows.enumerated() {
      words[3 * index] = row.start
      words[3 * index + 1] = row.end
      words[3 * index + 2] = row.kind
    }
    Publish.table(
      "memory.ranges", at: words, capacity: rows.count, stride: 24,
      [
        PublishedField("start", .address, at: 0), PublishedField("end", .address, at: 8),
        .enumeration("kind", at: 16, width: 8, kinds),
      ])
  }
}
