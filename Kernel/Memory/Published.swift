// What the heap tells of itself (Kernel/Publishing): its totals, its regions, and of each region the
// size classes.

internal import Publishing
internal import Telemetry

extension Heap {
  /// Publishes a heap that stays where it is, once it has its memory.
  public mutating func publish() {
    Publish.gauge("heap.inUse", .bytes, at: publishedPlace(of: &totals.inUse))
    Publish.gauge("heap.highWater", .bytes, at: publishedPlace(of: &totals.highWater))
    Publish.counter("heap.allocations", at: publishedPlace(of: &totals.allocations))
    Publish.counter("heap.frees", at: publishedPlace(of: &totals.frees))
    Publish.counter("heap.failures", at: publishedPlace(of: &totals.failures))
    Publish.counter("heap.misuses", at: publishedPlace(of: &totals.misuses))
    guard let start = first else { return }
    func offset(_ place: UnsafeRawPointer) -> Int { place - UnsafeRawPointer(start) }
    Publish.list(
      "heap.regions", head: publishedPlace(of: &first),
      next: offset(publishedPlace(of: &start.pointee.next)), capacity: 16,
      [
        PublishedField("base", .address, at: offset(publishedPlace(of: &start.pointee.base))),
        PublishedField(
          "pages", .unsigned, .pages, at: offset(publishedPlace(of: &start.pointee.pageCount))),
        PublishedField(
          "top", .unsigned, .pages, at: offset(publishedPlace(of: &start.pointee.top))),
        PublishedField(
          "binned", .unsigned, .pages, at: offset(publishedPlace(of: &start.pointee.binnedPages))),
      ])
    var region = first
    while let current = region {
      publishClasses(current.pointee.classes)
      region = current.pointee.next
    }
  }

  /// The classes of one region: a reader adds up what the regions have of each size.
  private func publishClasses(_ classes: UnsafeMutablePointer<ClassRecord>) {
    func offset(_ place: UnsafeRawPointer) -> Int { place - UnsafeRawPointer(classes) }
    Publish.table(
      "heap.classes", at: classes, capacity: SizeClass.count,
      stride: MemoryLayout<ClassRecord>.stride,
      [
        PublishedField(
          "size", .unsigned, .bytes, at: offset(publishedPlace(of: &classes.pointee.size)), width: 4
        ),
        PublishedField(
          "blocksPerPage", at: offset(publishedPlace(of: &classes.pointee.blocks)), width: 4),
        PublishedField(
          "pages", .unsigned, .pages, at: offset(publishedPlace(of: &classes.pointee.pages)),
          width: 4),
        PublishedField("live", at: offset(publishedPlace(of: &classes.pointee.live)), width: 4),
      ])
  }
}

extension CheckedHeap {
  /// Publishes the heap below the checks; what those take counts as in use.
  public mutating func publish() { heap.publish() }
}
