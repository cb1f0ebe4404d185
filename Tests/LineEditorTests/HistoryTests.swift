internal import Glibc
internal import LineEditor
internal import Testing

@Suite("History")
struct HistoryTests {
  @Test("lines are kept across runs, in order, without repetitions and controls")
  func kept() {
    let scratch = Scratch()
    defer { scratch.remove() }
    let path = scratch.path + "/a/b/history"
    let first = History(path: path)
    for line in ["break main", "continue", "continue", "", "bad\u{1b}[2J", "step"] {
      first.append(line)
    }
    #expect(first.lines == ["break main", "continue", "step"])
    #expect(History(path: path).lines == first.lines)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test("runs at the same time merge")
  func merge() {
    let scratch = Scratch()
    defer { scratch.remove() }
    let path = scratch.path + "/history"
    let (one, two) = (History(path: path), History(path: path))
    one.append("first")
    two.append("second")
    one.append("third")
    #expect(History(path: path).lines == ["first", "second", "third"])
  }

  @Test("it is bounded in memory and on disk")
  func bounded() {
    let scratch = Scratch()
    defer { scratch.remove() }
    let path = scratch.path + "/history"
    let history = History(path: path)
    for index in 0..<13_000 { history.append("line \(index)") }
    #expect(history.lines.count == History.limit)
    #expect(history.lines.last == "line 12999")
    let again = History(path: path)
    #expect(again.lines.count == History.limit && again.lines.last == "line 12999")
    #expect(again.lines.first == "line 3000")
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_size < 12_501 * 11)
  }

  @Test("a folder that cannot be written, a device or a missing home are no error")
  func unwritable() {
    let history = History(path: "/proc/nowhere/history")
    #expect(history.append("x"))
    #expect(history.lines == ["x"])
    #expect(History(path: "/dev/zero").lines.isEmpty)
    #expect(History(path: nil).append("y"))
  }

  @Test("older and newer lines are found by how they begin")
  func search() {
    let history = History(path: nil)
    for line in ["print 1", "step", "print 2", "next"] { history.append(line) }
    #expect(history.older(than: 4)?.line == "next")
    #expect(history.older(than: 4, prefix: "p")?.line == "print 2")
    #expect(history.older(than: 2, prefix: "p")?.index == 0)
    #expect(history.older(than: 0) == nil)
    #expect(history.newer(than: 0, prefix: "p")?.index == 2)
    #expect(history.newer(than: 3) == nil)
    #expect(history.older(than: 99)?.index == 3 && history.newer(than: -9)?.index == 0)
  }
}
