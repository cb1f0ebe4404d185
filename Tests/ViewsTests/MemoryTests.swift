import CLinux
import Canvas
import Session
import Testing
import Views

@Suite("Memory of the screens", .serialized)
struct MemoryTests {
  /// Drawing runs for as long as the dashboard does: what a frame keeps is kept for ever.
  @Test("drawing keeps nothing", arguments: ["1", "2", "4", "5", "6", "?"])
  func drawing(screen: Character) {
    let size = Size(columns: 120, rows: 40)
    var view = ViewState(size: size)
    let snapshot = Fixture.stopped.snapshot
    _ = Dashboard.handle(.key(.character(screen)), &view, snapshot)
    let draw = { _ = render(snapshot, view, size: size, glyphs: .unicode) }
    for _ in 0..<20 { draw() }
    let before = linux_allocated()
    for _ in 0..<150 { draw() }
    let kept = Int(linux_allocated()) - Int(before)
    // Other suites of this process may hold some memory meanwhile, but not this much.
    #expect(kept < 150 * 100, "150 frames kept \(kept) bytes")
  }
}
