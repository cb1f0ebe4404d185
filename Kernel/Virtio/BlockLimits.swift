// What a block device's configuration says of it (virtio 1.2, section 5.2.4), checked.

/// The shape of a block device, and the limits of a request to it.
struct BlockLimits {
  let blockSize: Int
  let blockCount: UInt64
  let isReadOnly: Bool
  let hasFlush: Bool
  /// The most bytes in a segment.
  let segmentSize: Int
  /// The most segments of data in a chain.
  let segmentCount: Int

  /// The protocol counts in sectors of 512 bytes, whatever the device's blocks are.
  static var sector: Int { 512 }
  var sectorsPerBlock: UInt64 { UInt64(blockSize / Self.sector) }

  private static var sizeMax: UInt64 { 1 << 1 }
  private static var segMax: UInt64 { 1 << 2 }
  private static var readOnly: UInt64 { 1 << 5 }
  private static var blkSize: UInt64 { 1 << 6 }
  private static var flush: UInt64 { 1 << 9 }
  /// The features that the driver knows (section 5.2.3).
  static var wanted: UInt64 { sizeMax | segMax | readOnly | blkSize | flush }

  init(of device: VirtioDevice) throws(VirtioError) {
    let read = try device.stable { transport in
      (
        capacity: UInt64(transport.configuration(0)) | UInt64(transport.configuration(4)) << 32,
        sizeMax: transport.configuration(8), segMax: transport.configuration(12),
        blockSize: transport.configuration(20)
      )
    }
    let size = device.has(Self.blkSize) ? Int(read.blockSize) : Self.sector
    guard size >= Self.sector, size <= 1 << 16, size & (size - 1) == 0, read.capacity < 1 << 55
    else { throw device.givenUp(.configurationInvalid) }
    blockSize = size
    blockCount = read.capacity / UInt64(size / Self.sector)
    isReadOnly = device.has(Self.readOnly)
    hasFlush = device.has(Self.flush)
    // A segment must not cut a sector, or a long request could not be continued.
    let largest = min(device.has(Self.sizeMax) ? Int(read.sizeMax) : 1 << 20, 1 << 20)
    segmentSize = largest & ~(Self.sector - 1)
    segmentCount = device.has(Self.segMax) ? max(Int(read.segMax), 1) : 1
    guard segmentSize > 0 else { throw device.givenUp(.configurationInvalid) }
  }
}
