//! Tests of a group's dialogue: refused users leave it as it is.

use domain::{AccountId, Language, UpdateId, access::Lock};
use telegram::Chat;

use super::*;

fn heard(private: bool, said: Said) -> Heard {
    Heard {
        update: UpdateId::new(1),
        chat: Chat {
            id: 1,
            thread: None,
        },
        private,
        from: AccountId::new(1),
        language: Language::En,
        message: 1,
        reply_to: None,
        said,
    }
}

#[test]
fn refused_users_leave_a_groups_dialogue_as_it_is() {
    let waiting = Dialogue::Brand {
        field: BrandField::Name,
    };
    let lock = Lock {
        reason: String::new(),
        until: None,
        by: AccountId::new(1),
        at: std::time::SystemTime::now(),
    };
    let person = |access| Person {
        access,
        told: false,
    };
    let allowed = person(Access::Allowed);
    let press = Said::Press {
        query: String::new(),
        data: "d:".to_owned(),
    };
    for refusal in [Refusal::Locked(lock), Refusal::NotListed] {
        let refused = person(Access::Refused(refusal));
        for said in [Said::Words("Tests".to_owned()), press.clone()] {
            let next =
                |private, person| decide(&heard(private, said.clone()), person, &waiting).dialogue;
            assert_eq!(next(false, &refused), waiting);
            assert_eq!(next(true, &refused), Dialogue::Nothing);
            assert_eq!(next(false, &allowed), Dialogue::Nothing);
        }
    }
}
