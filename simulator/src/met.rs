//! What worlds met, counted: a simulator that meets nothing finds nothing. It knows no world.

/// What a world met, so that it is known to have met it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    /// Inputs that were taken and stayed.
    pub inputs: u64,
    /// Inputs that a crash took before anybody was told of them.
    pub lost: u64,
    /// Processes that were started again.
    pub restarts: u64,
    /// Of these, after the power was cut.
    pub cuts: u64,
    /// Times that a keeper stopped for its disk.
    pub stopped: u64,
    /// Rules that fired by themselves.
    pub fired: u64,
    /// Decisions compared with the model's.
    pub compared: u64,
}

impl Met {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            inputs: self.inputs + other.inputs,
            lost: self.lost + other.lost,
            restarts: self.restarts + other.restarts,
            cuts: self.cuts + other.cuts,
            stopped: self.stopped + other.stopped,
            fired: self.fired + other.fired,
            compared: self.compared + other.compared,
        }
    }
}
