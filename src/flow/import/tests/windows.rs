//! The time given to activate, and the roster of a new year.

use super::*;
use crate::people::account::{Window, window};

impl World {
    /// Where somebody stands in the time given to activate.
    async fn window(&self, number: &str) -> Window {
        let rules = &self.app.config.activation;
        let counted_from = self.holder(number).await.unwrap().person.created_at;
        let counted_from = crate::kernel::clock::from_micros(counted_from);
        window(
            counted_from,
            rules.available_after,
            rules.window,
            self.clock.now(),
        )
    }

    /// Makes it this day.
    fn day(&self, year: i32, month: u32, day: u32) {
        let then = Utc.with_ymd_and_hms(year, month, day, 9, 0, 0).unwrap();
        self.clock.advance(then - self.clock.now());
    }
}

fn enrolled(year: &str) -> String {
    format!("numero;nom;prenoms;naissance;annee\n22600001;Orsonneau;Camille;27/03/2008;{year}\n")
}

#[tokio::test]
async fn the_roster_of_a_new_year_gives_whoever_still_waits_time_to_activate_from_that_import() {
    for (first, second) in [
        (enrolled("2025"), enrolled("2026-2027")),
        (file(&[CAMILLE]), enrolled("2026")),
        (enrolled("2025"), file(&[CAMILLE])),
        (file(&[CAMILLE]), file(&[CAMILLE])),
    ] {
        let world = World::new();
        world.import(&first).await;
        world.day(2026, 9, 1);
        assert_eq!(world.window("22600001").await, Window::Closed);

        let (report, _) = world.import(&second).await;

        assert_eq!(report.waiting_again, 1, "{second}");
        assert_eq!(world.window("22600001").await, Window::NotYet);
        world.day(2026, 9, 2);
        assert_eq!(world.window("22600001").await, Window::Open);
        let (again, _) = world.import(&second).await;
        assert_eq!(again.waiting_again, 0, "{second}");
        assert_eq!(world.window("22600001").await, Window::Open);
    }
}

#[tokio::test]
async fn another_roster_of_the_same_year_gives_nobody_more_time() {
    let world = World::new();
    world.import(&enrolled("2025")).await;
    world.day(2026, 7, 31);

    let renamed = enrolled("2025").replace("Camille", "Camille Marie");
    let (report, _) = world.import(&renamed).await;

    assert_eq!((report.changed, report.waiting_again), (1, 0));
    assert_eq!(world.window("22600001").await, Window::Closed);
}

#[tokio::test]
async fn nobody_but_a_student_who_still_waits_is_given_time_by_a_new_year() {
    let world = World::new();
    let roster = file(&[CAMILLE, LEA]).replace("naissance\n", "naissance;type\n")
        + "900;Tarnevoix;Alex;01/01/1980;personnel\n";
    world.import(&roster).await;
    world.activate("22600001").await;
    world.stand("22600002", "suspended").await;
    let mut before = Vec::new();
    for (kind, number) in [("student", "22600001"), ("student", "22600002"), ("staff", "900")] {
        before.push(world.holder_of(kind, number).await.unwrap().person);
    }
    world.day(2026, 9, 1);

    let (report, _) = world.import(&roster).await;

    assert_eq!(report.waiting_again, 0);
    for person in before {
        let kind = if person.kind == "staff" {
            "staff"
        } else {
            "student"
        };
        let now = world.holder_of(kind, &person.reference).await.unwrap().person;
        assert_eq!(now, person);
    }
}

#[tokio::test]
async fn whoever_is_locked_while_the_roster_is_compared_is_given_no_time() {
    let world = World::new();
    world.import(&file(&[CAMILLE])).await;
    let before = world.holder("22600001").await.unwrap().person;
    world.day(2026, 9, 1);
    let draft = world.draft(&file(&[CAMILLE]), &WISHES).await;
    world.stand("22600001", "suspended").await;

    assert_eq!(world.apply(draft).await, Applied::Done { kept: 0 });

    assert_eq!(world.holder("22600001").await.unwrap().person, before);
}
