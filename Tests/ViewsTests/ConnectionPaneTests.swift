import Canvas
import Live
import Readings
import Session
import Telemetry
import Testing
@testable import Views

@Suite("Connections on the overview")
struct ConnectionPaneTests {
  private func snapshot(_ remotes: [String]) -> Snapshot {
    var snapshot = Fixture.live.snapshot
    var new = Live()
    new.reading = snapshot.live.reading
    new.reading?.taken += 100_000
    let rows = remotes.map { remote in
      ReadingRow(fields: [
        ReadingField(name: "state", cell: .enumeration(2, name: Array("ESTABLISHED".utf8))),
        ReadingField(name: "local", cell: .text(Array("10.0.2.15:7".utf8))),
        ReadingField(name: "remote", cell: .text(Array(remote.utf8))),
        ReadingField(name: "sendQueue", unit: .bytes, cell: .unsigned(4321)),
        ReadingField(name: "again", cell: .unsigned(17)),
      ])
    }
    new.reading?.entries.append(
      ReadingEntry(name: "net.tcp", kind: .table, unit: .none, value: .rows(rows)))
    new.reading?.entries.append(
      ReadingEntry(
        name: "net.connections", kind: .gauge, unit: .none, value: .cell(.unsigned(99))))
    new.generation = snapshot.live.generation + 1
    snapshot.live.take(new, isStanding: false)
    return snapshot
  }

  private func overview(_ columns: Int, _ rows: Int) -> ViewState {
    var view = ViewState(size: Size(columns: columns, rows: rows))
    view.screen = .overview
    return view
  }

  @Test("an instance with connections shows them, at every size; one without shows no such pane")
  func shown() {
    for (columns, rows) in [(80, 24), (132, 43)] {
      let view = overview(columns, rows)
      let snapshot = snapshot(["10.0.2.2:50123", "10.0.2.2:50124"])
      let text = render(snapshot, view, size: view.size).text
      for wanted in ["Connections", "2 of 99", "10.0.2.2:50123", "ESTABLISHED", "4321", "17"] {
        #expect(text.contains(wanted), "\(wanted)\n\(text)")
      }
      #expect(Dashboard.panes(view, snapshot).contains(.connections))
      let without = Fixture.live.snapshot
      #expect(!render(without, view, size: view.size).text.contains("Connections"))
      #expect(!Dashboard.panes(view, without).contains(.connections))
    }
  }

  @Test("what a hostile instance calls an address does no harm")
  func hostile() {
    let view = overview(80, 24)
    let text = render(
      snapshot(["\u{1b}[2J\n\(String(repeating: "x", count: 5000))"]), view, size: view.size
    )
    .text
    #expect(!text.contains("\u{1b}") && text.contains("Connections"))
  }
}
