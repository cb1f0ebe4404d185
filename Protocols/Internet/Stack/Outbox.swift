// Packets that wait to be sent: everything but TCP's data, which waits in its connections. Bounded;
// the memory of a place is kept for the next packet.

struct Outbox {
  struct Place {
    /// The packet, from the byte after the frame's header on.
    var bytes: [UInt8]
    var count = 0
    var type = EtherType.ipv4
    /// Who is to get it: a hardware address or, until that is known, a neighbour.
    var hardware: MACAddress?
    var neighbour = IPAddress.v4(.any)
  }

  private var places: [Place] = []
  private var free: [Int] = []
  /// The places in use, in the order in which they were filled.
  private var order: [Int] = []

  /// Packets at most, and those of them that may wait for a neighbour's address: what is known where to go
  /// finds room also while neighbours are asked for that do not answer.
  static var limit: Int { 40 }
  static var unaddressedLimit: Int { 32 }

  var count: Int { order.count }

  /// Who is to get the `index`th packet that waits, as far as that is known.
  func hardware(of index: Int) -> MACAddress? { places[order[index]].hardware }
  /// The neighbour that is to get it.
  func neighbour(of index: Int) -> IPAddress { places[order[index]].neighbour }
  /// What it is.
  func type(of index: Int) -> EtherType { places[order[index]].type }

  /// Adds a packet of `count` bytes that `fill` writes; false if there is no room.
  mutating func add(
    _ count: Int, _ type: EtherType, to hardware: MACAddress?, _ neighbour: IPAddress,
    _ fill: (inout MutableSpan<UInt8>) -> Void
  ) -> Bool {
    guard let index = reserve(count, type, to: hardware, neighbour) else { return false }
    var span = places[index].bytes.mutableSpan
    fill(&span)
    return true
  }

  /// A place at the end of the queue; nil if there is none. Apart from `add`, of which each caller has a
  /// copy of its own.
  @inline(never)
  private mutating func reserve(
    _ count: Int, _ type: EtherType, to hardware: MACAddress?, _ neighbour: IPAddress
  ) -> Int? {
    guard order.count < (hardware == nil ? Self.unaddressedLimit : Self.limit) else { return nil }
    let index: Int
    if let last = free.popLast() {
      index = last
    } else {
      index = places.count
      places.append(Place(bytes: []))
    }
    let missing = count - places[index].bytes.count
    if missing > 0 { places[index].bytes.append(contentsOf: repeatElement(0, count: missing)) }
    places[index].count = count
    places[index].type = type
    places[index].hardware = hardware
    places[index].neighbour = neighbour
    order.append(index)
    return index
  }

  /// Copies the `index`th packet to `offset` of `frame`, and forgets it; returns its size.
  mutating func take(
    _ index: Int, into frame: inout MutableSpan<UInt8>, at offset: Int
  ) -> Int {
    let place = order.remove(at: index)
    let count = places[place].count
    let bytes = places[place].bytes
    frame.copy(bytes.span.extracting(0..<count), at: offset)
    free.append(place)
    return count
  }

  /// Forgets what waits for a neighbour; returns how many packets.
  mutating func removeAll(for neighbour: IPAddress) -> Int {
    var count = 0
    for index in (0..<order.count).reversed()
    where places[order[index]].hardware == nil && places[order[index]].neighbour == neighbour {
      free.append(order.remove(at: index))
      count += 1
    }
    return count
  }
}
