//! Tests of a group's dialogue: refused users leave it as it is.

use domain::{AccountId, Language, UpdateId, access::AccessLock};
use telegram::ChatRef;

use super::*;

fn heard(private: bool, said: ParsedContent) -> Incoming {
    Incoming {
        update: UpdateId::new(1),
        chat: ChatRef { id: 1, thread: None },
        private,
        account: AccountId::new(1),
        language: Language::En,
        message: 1,
        reply_to: None,
        content: said,
    }
}

#[test]
fn refused_users_leave_a_groups_dialogue_as_it_is() {
    let waiting = DialogueState::Brand { field: BrandField::Name };
    let lock = AccessLock {
        reason: String::new(),
        until: None,
        by: AccountId::new(1),
        at: std::time::SystemTime::now(),
    };
    let person = |access| UpdateAuthor { access, lock_notified: false };
    let allowed = person(Access::Allowed);
    let press = ParsedContent::Press { query: String::new(), data: "d:".to_owned() };
    for refusal in [AccessRefusal::Locked(lock), AccessRefusal::NotListed] {
        let refused = person(Access::Refused(refusal));
        for said in [ParsedContent::Text("Tests".to_owned()), press.clone()] {
            let next =
                |private, person| route(&heard(private, said.clone()), person, &waiting).dialogue;
            assert_eq!(next(false, &refused), waiting);
            assert_eq!(next(true, &refused), DialogueState::Nothing);
            assert_eq!(next(false, &allowed), DialogueState::Nothing);
        }
    }
}
