// Where the parts of the kernel say what can be told of them, and where it lies: entries of the root
// block (Protocols/Telemetry/SPEC.md). What is published is not touched by that: it stays a word of
// its owner, who counts as ever; whoever looks reads that word.
//
// Images for debugging publish, and those with an agent (Kernel/Boot/build.sh). The condition stands
// in `isOn` and nowhere else; it is a constant, and where it is false what hangs on it is not in the
// image.

public import Telemetry
internal import Synchronization

/// What this instance tells of itself.
///
/// All calls come from the one core, outside interrupt handlers, and allocate. What is published
/// stays for ever: it must not move or go.
public enum Publish {
  /// Whether this image publishes. Ask it first, so that all else is dropped where it does not.
  @inlinable @inline(__always)
  public static var isOn: Bool {
    #if PUBLISH
    true
    #else
    false
    #endif
  }

  // Safety: set at start by the one core, and then only used by it outside interrupt handlers.
  nonisolated(unsafe) private static var root: RootWriter?

  /// Begins to publish in `memory`: a page that nothing else uses, at a multiple of its size, which
  /// is zero. `clock` is the address of the clock's three words, 0 for none. Needs the heap.
  @inline(never)
  public static func start(
    in memory: UnsafeMutableRawPointer, machine: UInt32, buildID: UnsafeRawBufferPointer,
    clock: UInt
  ) {
    root = RootWriter(memory, machine: machine, buildID: buildID, clock: clock)
  }

  /// Publishes a counter that `width` bytes at `address` hold.
  @inline(never)
  public static func counter(
    _ name: StaticString, _ unit: Unit = .none, at address: UnsafeRawPointer, width: Int = 8
  ) {
    root?.add(Publication(name, .counter, unit, address, stride: width))
  }

  /// Publishes a value that comes and goes; of `type` unsigned, signed, address, instant, duration
  /// or boolean.
  @inline(never)
  public static func gauge(
    _ name: StaticString, _ unit: Unit = .none, at address: UnsafeRawPointer, width: Int = 8,
    type: FieldType = .unsigned
  ) {
    var gauge = Publication(name, .gauge, unit, address, stride: width)
    gauge.type = type
    root?.add(gauge)
  }

  /// Publishes a histogram, laid out as `Execution.Histogram`.
  @inline(never)
  public static func histogram(
    _ name: StaticString, _ unit: Unit = .nanoseconds, at address: UnsafeRawPointer
  ) {
    root?.add(Publication(name, .histogram, unit, address, stride: 0))
  }

  /// Publishes rows: side by side or, with flag `rowsArePointers`, anywhere.
  ///
  /// `count` is the address of an `Int` that says how many; without it there are `capacity`.
  @inline(never)
  public static func table(
    _ name: StaticString, at address: UnsafeRawPointer, count: UnsafeRawPointer? = nil,
    capacity: Int, stride: Int, flags: EntryFlags = [], _ fields: [PublishedField]
  ) {
    var table = Publication(name, .table, .none, address, stride: stride)
    table.count = count
    table.capacity = capacity
    table.flags = flags
    root?.add(table, fields)
  }

  /// Publishes a ring whose latest record's number, from 1, is the word at `latest`; record n is
  /// slot n modulo `capacity`.
  @inline(never)
  public static func ring(
    _ name: StaticString, at address: UnsafeRawPointer, latest: UnsafeRawPointer, capacity: Int,
    stride: Int, _ fields: [PublishedField]
  ) {
    var ring = Publication(name, .ring, .none, address, stride: stride)
    ring.count = latest
    ring.capacity = capacity
    root?.add(ring, fields)
  }

  /// Publishes a list whose first row's address is the word at `head`; each has the next one's at
  /// offset `next`. At most `capacity` are looked at.
  @inline(never)
  public static func list(
    _ name: StaticString, head: UnsafeRawPointer, next: Int, capacity: Int = 1024,
    _ fields: [PublishedField]
  ) {
    var list = Publication(name, .list, .none, head, stride: next)
    list.capacity = capacity
    root?.add(list, fields)
  }

  /// Publishes constant text.
  @inline(never)
  public static func text(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    var text = Publication(name, .text, .none, start, stride: 0)
    text.capacity = bytes.count
    root?.add(text)
  }

  /// Rows made for being published: `count` words of 8 bytes, zero, that stay for ever.
  @inline(never)
  public static func words(_ count: Int) -> UnsafeMutablePointer<UInt64> {
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    words.initialize(repeating: 0, count: count)
    return words
  }
}

/// An entry to be.
struct Publication {
  var name: StaticString
  var kind: EntryKind
  var unit: Unit
  var flags: EntryFlags = []
  var address: UnsafeRawPointer
  var count: UnsafeRawPointer?
  var capacity = 0
  var stride: Int
  var type = FieldType.unsigned

  init(
    _ name: StaticString, _ kind: EntryKind, _ unit: Unit, _ address: UnsafeRawPointer, stride: Int
  ) {
    self.name = name
    self.kind = kind
    self.unit = unit
    self.address = address
    self.stride = stride
  }
}
