// The connections of an instance's network, on the overview of those that have any.

internal import Canvas
internal import Live
internal import Readings
internal import Session

/// Whether the instance has connections.
func hasConnections(_ snapshot: Snapshot) -> Bool {
  snapshot.live.history.moments.last?.connections.isEmpty == false
}

private let connectionColumns = [
  LiveColumn(title: "SEND-Q", width: 7, priority: 3, key: 1),
  LiveColumn(title: "RECV-Q", width: 7, priority: 4, key: 2),
  LiveColumn(title: "WINDOW", width: 7, priority: 1, key: 3),
  LiveColumn(title: "TRIP", width: 8, priority: 2, key: 4),
  LiveColumn(title: "AGAIN", width: 6, priority: 5, key: 5),
]

func connectionsPane(_ snapshot: Snapshot, _ view: ViewState, columns: Int) -> PaneContent {
  var pane = livePane(.connections, "Connections", snapshot, view)
  guard let shown = Shown(snapshot, view) else { return pane }
  let connections = shown.moment.connections
  pane.count = connections.count
  pane.placeholder = ["none"]
  if let all = shown.moment.number("net.connections"), all > connections.count {
    pane.title = "Connections  \(connections.count) of \(all)"
  }
  let fitting = LiveColumn.fitting(connectionColumns, columns, name: 40)
  pane.header = LiveColumn.head("REMOTE", fitting, sortedBy: -1)
  pane.line = { index, _ in
    let connection = connections[index]
    var line = PaneLine(spans: [
      Span(" " + padded(tail(connection.remote, 21), 22), .name),
      Span(padded(connection.state, 13), connection.state == "ESTABLISHED" ? .good : .quiet),
      Span(connection.local, .quiet),
    ])
    line.trailing = fitting.map { column in
      let text =
        switch column.key {
        case 1: countText(connection.sendQueue)
        case 2: countText(connection.receiveQueue)
        case 3: countText(connection.window)
        case 4: connection.roundTrip > 0 ? timeText(connection.roundTrip) : "-"
        default: countText(connection.again)
        }
      return Span(aligned(text, column.width + 1), .number)
    }
    line.trailing.append(Span(" "))
    return line
  }
  return pane
}
