// A ring of bytes that grows as it is used, up to a limit: an idle connection has none. What lies
// beyond its bytes may be written ahead of time, for data that arrives out of order.

/// A queue of bytes.
struct ByteRing {
  private var storage: [UInt8] = []
  private var head = 0
  /// Bytes in the queue.
  private(set) var count = 0
  /// The most bytes it may hold.
  let limit: Int

  /// The smallest storage that is asked for.
  static var portion: Int { 2048 }

  init(limit: Int) { self.limit = max(limit, 1) }

  var free: Int { limit - count }

  /// Bytes of memory that it has.
  var capacity: Int { storage.count }

  /// Bytes of memory that it takes more to hold `needed`.
  func growth(for needed: Int) -> Int {
    needed > storage.count ? Self.size(for: needed, storage.count) - storage.count : 0
  }

  /// Bytes that there is room for, with at most `memory` bytes more of memory.
  func room(memory: Int) -> Int {
    guard growth(for: limit) > memory else { return free }
    var size = storage.count
    while max(size * 2, Self.portion) - storage.count <= memory {
      size = max(size * 2, Self.portion)
    }
    return min(free, size - count)
  }

  /// Adds as many of `bytes` as there is room for, with at most `memory` bytes more of memory; returns
  /// how many.
  mutating func append(_ bytes: Span<UInt8>, memory: Int = .max) -> Int {
    let taken = min(bytes.count, room(memory: memory))
    guard taken > 0 else { return 0 }
    write(bytes.extracting(0..<taken), at: count)
    count += taken
    return taken
  }

  /// Writes bytes from `offset` on, which with them must not exceed the limit. The count stays.
  mutating func write(_ bytes: Span<UInt8>, at offset: Int) {
    reserve(offset + bytes.count)
    let start = (head + offset) & (storage.count - 1)
    let first = min(bytes.count, storage.count - start)
    var target = storage.mutableSpan
    target.copy(bytes.extracting(0..<first), at: start)
    if first < bytes.count { target.copy(bytes.extracting(first..<bytes.count), at: 0) }
  }

  /// Takes `bytes` more, which have been written ahead, into the queue.
  mutating func extend(by bytes: Int) { count += bytes }

  /// Drops the first `bytes` of the queue.
  mutating func drop(_ bytes: Int) {
    count -= bytes
    head = storage.isEmpty ? 0 : (head + bytes) & (storage.count - 1)
  }

  /// Copies `length` bytes from `offset` on, which are in the queue, to `place` of `target`.
  func copy(_ offset: Int, _ length: Int, into target: inout MutableSpan<UInt8>, at place: Int) {
    guard length > 0 else { return }
    let start = (head + offset) & (storage.count - 1)
    let first = min(length, storage.count - start)
    let source = storage.span
    target.copy(source.extracting(start..<start + first), at: place)
    if first < length { target.copy(source.extracting(0..<length - first), at: place + first) }
  }

  /// Gives the memory back, and with it whatever it holds.
  mutating func release() {
    storage = []
    head = 0
    count = 0
  }

  /// Copies all of it, not only the queue: some may have been written ahead.
  private func copyAll(into larger: inout [UInt8]) {
    var target = larger.mutableSpan
    let source = storage.span
    target.copy(source.extracting(head..<storage.count), at: 0)
    target.copy(source.extracting(0..<head), at: storage.count - head)
  }

  private static func size(for needed: Int, _ present: Int) -> Int {
    var size = max(present, portion)
    while size < needed { size *= 2 }
    return size
  }

  private mutating func reserve(_ needed: Int) {
    guard needed > storage.count else { return }
    var larger = [UInt8](repeating: 0, count: Self.size(for: needed, storage.count))
    copyAll(into: &larger)
    storage = larger
    head = 0
  }
}
