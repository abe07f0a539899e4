//! The engine through `answer`.
