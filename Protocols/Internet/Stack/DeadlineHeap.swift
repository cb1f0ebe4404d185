// The deadlines of many connections, earliest first: a binary heap in which each knows its place, so
// that one can be moved or taken out in O(log n).

struct DeadlineHeap {
  private var nodes: [(deadline: Moment, owner: Int)] = []
  /// Where in `nodes` each owner's deadline is; -1: it has none.
  private var places: [Int] = []

  /// The earliest deadline and its owner.
  var first: (deadline: Moment, owner: Int)? { nodes.first }

  /// Sets `owner`'s deadline; `distantFuture` takes it out.
  mutating func set(_ deadline: Moment, of owner: Int) {
    while places.count <= owner { places.append(-1) }
    let place = places[owner]
    if deadline == .distantFuture {
      if place >= 0 { remove(place) }
      return
    }
    guard place >= 0 else {
      nodes.append((deadline, owner))
      places[owner] = nodes.count - 1
      return rise(nodes.count - 1)
    }
    let before = nodes[place].deadline
    guard before != deadline else { return }
    nodes[place].deadline = deadline
    if deadline < before { rise(place) } else { sink(place) }
  }

  private mutating func remove(_ place: Int) {
    places[nodes[place].owner] = -1
    let last = nodes.removeLast()
    guard place < nodes.count else { return }
    nodes[place] = last
    places[last.owner] = place
    rise(place)
    sink(places[last.owner])
  }

  private mutating func rise(_ start: Int) {
    var place = start
    while place > 0, nodes[place].deadline < nodes[(place - 1) / 2].deadline {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func sink(_ start: Int) {
    var place = start
    while true {
      var least = place
      for child in 2 * place + 1...2 * place + 2
      where child < nodes.count && nodes[child].deadline < nodes[least].deadline {
        least = child
      }
      guard least != place else { return }
      exchange(place, least)
      place = least
    }
  }

  private mutating func exchange(_ a: Int, _ b: Int) {
    nodes.swapAt(a, b)
    places[nodes[a].owner] = a
    places[nodes[b].owner] = b
  }
}
