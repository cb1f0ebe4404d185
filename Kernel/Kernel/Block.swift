// Block devices for the application. An image whose application never asks for one has no driver.

@_exported public import Devices

/// The machine's block devices.
public enum Block {
  /// The `index`th block device, in the machine's order, nil if there are not so many.
  ///
  /// The first call looks for devices and starts their drivers, in a few microseconds each; later
  /// calls return the same objects.
  public static func device(_ index: Int = 0) -> (any BlockDevice)? {
    platformBlockDevice(index)
  }
}
