//! What tells the guest from others: its UUID, and which system it holds.

use uuid::Uuid;

use super::error::Error;
use super::guest::Guest;

pub(super) fn fill(guest: &mut Guest<'_, '_>) -> Result<(), Error> {
    if guest.get("uuid").is_none() {
        guest.fill("uuid", &Uuid::new_v4().to_string(), "a new guest gets a random one")?;
    }
    if let Some(os) = guest.context.os.filter(|os| os.short_id() != "generic") {
        let place = "metadata/libosinfo:libosinfo/libosinfo:os/@id";
        guest.fill(place, &os.id, "other programs learn from it which system this is")?;
    }
    Ok(())
}
