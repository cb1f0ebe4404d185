// The root block, entries and fields as they are written: SPEC.md, part 1.

internal import Synchronization
internal import Telemetry

/// A root block in memory that it was given; the array of entries grows on the heap.
struct RootWriter {
  // Safety: a page that belongs to this writer, and arrays of its own that are never given back: a
  // reader may be in the middle of one.
  private let root: UnsafeMutableRawPointer
  private var entries: UnsafeMutableRawPointer
  private var capacity = 32
  private var count = 0
  private var generation: UInt64 = 0

  init(
    _ memory: UnsafeMutableRawPointer, machine: UInt32, buildID: UnsafeRawBufferPointer,
    clock: UInt
  ) {
    root = memory
    entries = Self.zeroed(capacity * EntryLayout.size)
    func store(_ value: UInt64, _ offset: Int) {
      memory.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
    }
    store(UInt64(RootLayout.version) | UInt64(RootLayout.size) << 32, RootLayout.versionAndSize)
    store(UInt64(UInt(bitPattern: entries)), RootLayout.entries)
    store(UInt64(EntryLayout.size) << 32, RootLayout.entryCount)
    store(UInt64(FieldLayout.size) | UInt64(machine) << 32, RootLayout.fieldStride)
    store(UInt64(UInt(bitPattern: buildID.baseAddress)), RootLayout.buildID)
    store(UInt64(buildID.count), RootLayout.buildIDCount)
    store(UInt64(clock), RootLayout.clock)
    store(UInt64(UInt(bitPattern: memory)), RootLayout.own)
    atomicMemoryFence(ordering: .releasing)
    store(RootLayout.magic, 0)
  }

  /// Adds an entry.
  mutating func add(_ publication: Publication, _ fields: [PublishedField] = []) {
    let described = describe(fields)
    step()
    if count == capacity { grow() }
    let entry = entries + count * EntryLayout.size
    count += 1
    let name = publication.name
    entry.storeBytes(of: UInt64(UInt(bitPattern: name.utf8Start)), as: UInt64.self)
    let what = UInt64(name.utf8CodeUnitCount) | UInt64(publication.kind.rawValue) << 16
    let more = UInt64(publication.unit.rawValue) << 24 | UInt64(publication.flags.rawValue) << 32
    store(what | more | UInt64(fields.count) << 48, entry, EntryLayout.nameCount)
    store(UInt64(UInt(bitPattern: publication.address)), entry, EntryLayout.address)
    store(UInt64(UInt(bitPattern: described)), entry, EntryLayout.fields)
    store(UInt64(UInt(bitPattern: publication.count)), entry, EntryLayout.count)
    store(
      UInt64(publication.capacity) | UInt64(publication.stride) << 32, entry, EntryLayout.capacity)
    store(UInt64(publication.type.rawValue), entry, EntryLayout.type)
    store(UInt64(count) | UInt64(EntryLayout.size) << 32, root, RootLayout.entryCount)
    step()
  }

  /// Counts the generation up: a reader must not see the rest change before the first step, nor
  /// after the second.
  private mutating func step() {
    generation &+= 1
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    store(generation, root, RootLayout.generation)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  private mutating func grow() {
    let larger = Self.zeroed(2 * capacity * EntryLayout.size)
    larger.copyMemory(from: entries, byteCount: capacity * EntryLayout.size)
    capacity *= 2
    entries = larger
    store(UInt64(UInt(bitPattern: entries)), root, RootLayout.entries)
  }

  private func describe(_ fields: [PublishedField]) -> UnsafeMutableRawPointer? {
    if fields.isEmpty { return nil }
    let described = Self.zeroed(fields.count * FieldLayout.size)
    for (index, field) in fields.enumerated() {
      let place = described + index * FieldLayout.size
      store(UInt64(UInt(bitPattern: field.name.utf8Start)), place, FieldLayout.name)
      let what = UInt64(field.name.utf8CodeUnitCount) | UInt64(field.type.rawValue) << 16
      let more = UInt64(field.unit.rawValue) << 24 | UInt64(field.offset) << 32
      store(what | more | UInt64(field.width) << 48, place, FieldLayout.nameCount)
      if field.names.isEmpty {
        store(UInt64(field.extraNumber), place, FieldLayout.extraNumber)
      } else {
        let names = Publish.words(2 * field.names.count)
        for (number, name) in field.names.enumerated() {
          names[2 * number] = UInt64(UInt(bitPattern: name.utf8Start))
          names[2 * number + 1] = UInt64(name.utf8CodeUnitCount)
        }
        store(UInt64(UInt(bitPattern: names)), place, FieldLayout.extraAddress)
        store(UInt64(field.names.count), place, FieldLayout.extraNumber)
      }
    }
    return described
  }

  private func store(_ value: UInt64, _ place: UnsafeMutableRawPointer, _ offset: Int) {
    place.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
  }

  private static func zeroed(_ bytes: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(Publish.words(bytes / 8))
  }
}
