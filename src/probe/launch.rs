//! The launch handle of an EHR: authorization requests with one that the EHR did not make.

use crate::smart::Ask;

attacks! {
    "The launch handle that the app passes on."
    LaunchHandle of Ask, control SignIn;

    Invented "an invented launch handle" {
        does: "asks for authorization with a launch handle that the EHR never made",
        matters: "a handle decides which patient is in context; a server that takes any handle lets apps choose",
        right: "an error, or a page of the server; no code",
        needs: [LaunchHandle],
        intrudes: [Guesses],
        make: |it| {
            it.get("launch").ok_or(super::Need::LaunchHandle)?;
            it.set("launch", Some("probity-invented-launch-0000"));
            Ok(())
        },
    }
}
