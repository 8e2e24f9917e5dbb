//! The corpus: a seed is there for an outcome that no smaller one comes to.

use bolero::TypeGenerator;
use bolero::generator::bolero_generator::driver::{ByteSliceDriver, Options};
use std::collections::BTreeSet;
use std::path::Path;

/// What becomes of an input, in words that do not change with its numbers and names.
pub type Outcomes = BTreeSet<String>;

/// A message without what in it is the input's own.
pub fn kind(message: &str) -> String {
    let told = message.split("found").next().unwrap_or_default();
    let words = told.split_whitespace().map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation()));
    let is_ours = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.filter(is_ours).collect::<Vec<_>>().join(" ")
}

/// Names the seeds of a target that come to nothing new. They may go: this is how a corpus that a fuzzer has grown is
/// cut down to what is needed of it.
pub fn should_each_be_needed<T: TypeGenerator>(target: &str, outcomes: impl Fn(&T) -> Outcomes) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/__fuzz__").join(target).join("corpus");
    let mut seeds: Vec<_> = std::fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (std::fs::read(&path).unwrap(), path))
        .collect();
    seeds.sort_by(|(one, a), (other, b)| (one.len(), a).cmp(&(other.len(), b)));
    let mut known = Outcomes::new();
    let mut is_new = |seed: &[u8]| {
        let input = T::generate(&mut ByteSliceDriver::new(seed, &Options::default()));
        let before = known.len();
        known.extend(input.iter().flat_map(&outcomes));
        known.len() > before
    };
    let spare: Vec<_> = seeds.iter().filter(|(seed, _)| !is_new(seed)).map(|(_, path)| path).collect();
    assert!(spare.is_empty(), "of {} seeds {} come to nothing new: {spare:#?}", seeds.len(), spare.len());
}
