//! People with their pictures.

use crate::{Core, identicon};
use bytes::Bytes;
use koine_model::AccountId;
use koine_model::account::{Person, Profile};
use koine_store::Answer;

impl Core {
    /// A person with the picture that they have set, or the one that is drawn for them.
    pub(crate) async fn person(&self, profile: Profile) -> Answer<Person> {
        let picture = self.picture_of(&profile).await?;
        Ok(Person { profile, picture })
    }

    /// Several people; once their pictures have used up `room` bytes, the others come without.
    pub(crate) async fn people(&self, profiles: Vec<Profile>, room: &mut usize) -> Answer<Vec<Person>> {
        let mut people = Vec::with_capacity(profiles.len());
        for profile in profiles {
            let size = profile.avatar.map_or(0, |blob| usize::try_from(blob.size).unwrap_or(usize::MAX));
            let fits = *room > 0 && size <= *room;
            let picture = if fits { self.picture_of(&profile).await? } else { Bytes::new() };
            *room = room.saturating_sub(picture.len());
            people.push(Person { profile, picture });
        }
        Ok(people)
    }

    /// People by their numbers; unknown ones are left out.
    pub(crate) async fn people_by_id(&self, ids: &[AccountId], room: &mut usize) -> Answer<Vec<Person>> {
        self.people(self.store.account_profiles(ids).await?, room).await
    }

    /// The picture that is served for `account`; `None` for a number that nobody has.
    pub async fn avatar(&self, account: AccountId) -> Answer<Option<Bytes>> {
        let profiles = self.store.account_profiles(&[account]).await?;
        match profiles.first() {
            Some(profile) => self.picture_of(profile).await.map(Some),
            None => Ok(None),
        }
    }

    async fn picture_of(&self, profile: &Profile) -> Answer<Bytes> {
        if let Some(blob) = &profile.avatar {
            if let Some(bytes) = self.store.blob_read(blob).await? {
                return Ok(bytes);
            }
            tracing::error!(account = %profile.id, "the picture of an account is missing from the media folder");
        }
        Ok(identicon::png(profile.id))
    }
}
