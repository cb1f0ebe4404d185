// The connections of a stack: found by their two ends, in O(1) and by a hash that nobody outside can
// predict; with queues of those that have something to send or to tell.

/// Names a connection for its user; not valid any more once `closed` was told.
public struct ConnectionID: Hashable, Sendable {
  /// Its place in the table.
  public let index: Int
  let generation: UInt32
}

struct ConnectionTable {
  struct Place {
    var connection: TCPConnection?
    var generation: UInt32 = 0
    var nextInBucket = -1
    /// The port that it came to; nil if it was opened from here.
    var listener: UInt16?
    /// Whether the user knows of it.
    var isKnown = false
    /// Whether it is in the queue of those that may have something to send.
    var isQueued = false
    /// Whether it waits for a neighbour's address.
    var isParked = false
    /// What the user is to be told, and whether it is in the queue of those.
    var signals: TCPSignals = []
    var isTelling = false
  }

  private(set) var places: [Place] = []
  private var free: [Int] = []
  private var buckets = [Int](repeating: -1, count: 16)
  private let hash: SipHash
  let limit: Int
  /// Connections there are.
  private(set) var count = 0
  /// Bytes of memory that the buffers of all connections have.
  private(set) var bufferMemory = BufferMemory()

  init(hash: SipHash, limit: Int) {
    self.hash = hash
    self.limit = limit
  }

  subscript(_ index: Int) -> Place {
    get { places[index] }
    _modify { yield &places[index] }
  }

  /// Calls `body` with the connection in its place; nil if there is none.
  @inline(__always)
  mutating func change<T>(_ index: Int, _ body: (inout TCPConnection) -> T) -> T? {
    let before = places[index].connection?.bufferMemory ?? BufferMemory()
    let result = places[index].connection?.apply(body)
    bufferMemory.replace(before, by: places[index].connection?.bufferMemory ?? BufferMemory())
    return result
  }

  /// Calls `body` with the connection where it is, to look only.
  @inline(__always)
  func look<T>(_ index: Int, _ body: (borrowing TCPConnection) -> T) -> T? {
    places[index].connection?.show(body)
  }

  func index(of id: ConnectionID) -> Int? {
    guard id.index >= 0, id.index < places.count, places[id.index].generation == id.generation,
      places[id.index].connection != nil
    else { return nil }
    return id.index
  }

  func id(of index: Int) -> ConnectionID {
    ConnectionID(index: index, generation: places[index].generation)
  }

  func find(_ name: ConnectionName) -> Int? {
    var index = buckets[bucket(name)]
    while index >= 0 {
      if places[index].connection?.name == name { return index }
      index = places[index].nextInBucket
    }
    return nil
  }

  /// Adds a connection; nil if there is no room.
  mutating func insert(_ connection: TCPConnection, listener: UInt16?) -> Int? {
    guard count < limit else { return nil }
    if count >= buckets.count { rehash() }
    let index: Int
    if let last = free.popLast() {
      index = last
    } else {
      index = places.count
      places.append(Place())
    }
    let generation = places[index].generation
    places[index] = Place()
    places[index].generation = generation &+ 1
    places[index].listener = listener
    places[index].isKnown = listener == nil
    places[index].connection = connection
    link(index, connection.name)
    count += 1
    return index
  }

  mutating func remove(_ index: Int) {
    guard let name = places[index].connection?.name else { return }
    let bucket = bucket(name)
    if buckets[bucket] == index {
      buckets[bucket] = places[index].nextInBucket
    } else {
      var before = buckets[bucket]
      while before >= 0, places[before].nextInBucket != index {
        before = places[before].nextInBucket
      }
      if before >= 0 { places[before].nextInBucket = places[index].nextInBucket }
    }
    if let connection = places[index].connection {
      bufferMemory.replace(connection.bufferMemory, by: BufferMemory())
    }
    places[index].connection = nil
    free.append(index)
    count -= 1
  }

  private func bucket(_ name: ConnectionName) -> Int {
    Int(truncatingIfNeeded: name.hash(hash)) & (buckets.count - 1)
  }

  private mutating func link(_ index: Int, _ name: ConnectionName) {
    let bucket = bucket(name)
    places[index].nextInBucket = buckets[bucket]
    buckets[bucket] = index
  }

  private mutating func rehash() {
    buckets = [Int](repeating: -1, count: buckets.count * 4)
    for index in 0..<places.count {
      if let name = places[index].connection?.name { link(index, name) }
    }
  }
}

extension TCPConnection {
  /// Calls `body` with the connection where it is.
  @inline(__always)
  fileprivate mutating func apply<T>(_ body: (inout TCPConnection) -> T) -> T { body(&self) }

  /// Calls `body` with the connection where it is.
  @inline(__always)
  fileprivate func show<T>(_ body: (borrowing TCPConnection) -> T) -> T { body(self) }
}

/// A queue of numbers that allocates only to grow.
struct IndexQueue {
  private var storage = [Int](repeating: 0, count: 16)
  private var head = 0
  private(set) var count = 0

  mutating func append(_ index: Int) {
    if count == storage.count { grow() }
    storage[(head + count) & (storage.count - 1)] = index
    count += 1
  }

  mutating func popFirst() -> Int? {
    guard count > 0 else { return nil }
    let index = storage[head]
    head = (head + 1) & (storage.count - 1)
    count -= 1
    return index
  }

  private mutating func grow() {
    var larger = [Int](repeating: 0, count: storage.count * 2)
    for index in 0..<count { larger[index] = storage[(head + index) & (storage.count - 1)] }
    storage = larger
    head = 0
  }
}
