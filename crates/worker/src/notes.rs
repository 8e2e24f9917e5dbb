//! What a worker keeps in this node's off-chain storage.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use sp_runtime::offchain::storage::StorageValueRef;

/// Notes a value in this node's off-chain storage, where it survives a restart.
pub fn remember(name: &str, key: &impl Encode, value: &impl Encode) {
    StorageValueRef::persistent(&storage_key(name, key)).set(value);
}

/// What was noted under the key; `None` also where it cannot be read.
pub fn recall<V: Decode>(name: &str, key: &impl Encode) -> Option<V> {
    StorageValueRef::persistent(&storage_key(name, key)).get().ok().flatten()
}

/// Forgets what was noted under the key.
pub fn forget(name: &str, key: &impl Encode) {
    StorageValueRef::persistent(&storage_key(name, key)).clear();
}

fn storage_key(name: &str, key: &impl Encode) -> Vec<u8> {
    let mut bytes = b"gridbid::".to_vec();
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(b"::");
    key.encode_to(&mut bytes);
    bytes
}
