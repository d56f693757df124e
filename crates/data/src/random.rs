use archscale_stats::Stream;

/// Names the streams; a change of any number they give is value-breaking and changes this tag.
const DOMAIN: &str = "archscale data streams 1";

/// The streams for a purpose under a seed.
pub(crate) fn stream(purpose: &str, seed: u64) -> Stream {
    Stream::new(DOMAIN, seed).ending(purpose)
}
