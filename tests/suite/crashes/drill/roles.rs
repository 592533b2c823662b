//! Everybody who is at work at once.

use std::sync::Arc;

use super::activations::Activations;
use super::changes::Changes;
use super::client::Lost;
use super::departures::Departures;
use super::guesses::Guesses;
use super::recoveries::Recoveries;
use super::site::Site;
use super::visits::Visits;

/// One of them.
pub enum Role {
    Visits(Visits),
    Departures(Departures),
    Changes(Changes),
    Activations(Activations),
    Recoveries(Recoveries),
    Guesses(Guesses),
}

impl Role {
    /// The people of a run: their accounts are made, and those who stay signed in are.
    pub async fn all(site: &Site) -> Vec<Self> {
        let mut all = Vec::new();
        for number in 0..2 {
            let login = |what: &str| format!("{what}{number}");
            all.push(Self::Visits(Visits::new(site, login("visitor")).await));
            all.push(Self::Departures(Departures::new(site, login("passer"))));
            all.push(Self::Changes(Changes::new(site, login("changer")).await));
            all.push(Self::Activations(Activations::default()));
            all.push(Self::Recoveries(Recoveries::default()));
        }
        all.push(Self::Guesses(Guesses::default()));
        all
    }

    /// Works until an answer is lost, or nothing is left to do.
    pub async fn work(mut self, site: Arc<Site>) -> Self {
        let worked = match &mut self {
            Self::Visits(visits) => visits.work(&site).await,
            Self::Departures(departures) => departures.work(&site).await,
            Self::Changes(changes) => changes.work(&site).await,
            Self::Activations(activations) => activations.work(&site).await,
            Self::Recoveries(recoveries) => recoveries.work(&site).await,
            Self::Guesses(guesses) => guesses.work(&site).await,
        };
        self.note(&site, worked);
        self
    }

    /// Compares what was acknowledged with what is there.
    pub async fn check(mut self, site: Arc<Site>) -> Self {
        let checked = match &mut self {
            Self::Visits(visits) => visits.check(&site).await,
            Self::Departures(departures) => departures.check(&site).await,
            Self::Changes(changes) => changes.check(&site).await,
            Self::Activations(activations) => activations.check(&site).await,
            Self::Recoveries(recoveries) => recoveries.check(&site).await,
            Self::Guesses(guesses) => guesses.check(&site).await,
        };
        self.note(&site, checked);
        self
    }

    fn note(&self, site: &Site, outcome: Result<(), Lost>) {
        let who = match self {
            Self::Visits(_) => "visits",
            Self::Departures(_) => "departures",
            Self::Changes(_) => "changes",
            Self::Activations(_) => "activations",
            Self::Recoveries(_) => "recoveries",
            Self::Guesses(_) => "guesses",
        };
        if let Err(lost) = outcome {
            site.lost(who, &lost);
        }
    }
}
