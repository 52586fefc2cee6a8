//! One suite, held by every driver: what a session promises (contract, section 2) does not depend on what carries it.
//!
//! Each test is a function over a [`place::Place`]; the macros at the end make one test a transport of it. A transport is
//! left out only where what is tested cannot happen: nothing breaks between two ends of one process but the engine, and a
//! ring's connection breaks only with one of its two processes (the kill tests do that), so that cutting a connection
//! and coming back to the same server is for gRPC alone.

mod connections;
mod cuts;
mod endings;
mod flow;
mod grpc;
mod inproc;
mod meaning;
mod place;
mod proxy;
mod ring;
mod ring_damage;
mod ring_lanes;
mod rules;
mod states;

/// A test of each function for each place.
macro_rules! conformance {
    ($place:path as $name:ident: $($file:ident::{$($test:ident),* $(,)?})*) => {
        mod $name {
            $($(
                #[test]
                fn $test() {
                    super::$file::$test::<$place>();
                }
            )*)*
        }
    };
}

macro_rules! everywhere {
    ($place:path as $name:ident) => {
        conformance! { $place as $name:
            states::{
                a_half_closed_session_takes_no_more_events,
                a_cancelled_session_takes_no_more_calls_that_change_it,
                a_session_that_is_done_says_its_last_word_again_and_again,
                a_closed_session_refuses_every_call,
                an_address_without_a_server_is_unavailable,
                a_rule_set_that_is_not_there_is_not_found,
            }
            flow::{
                outcomes_come_in_order_and_say_what_the_engine_says,
                a_full_window_of_events_rejects_and_changes_nothing,
                a_full_window_of_bytes_rejects_and_changes_nothing,
                an_event_larger_than_the_window_goes_alone,
                a_full_window_blocks_until_an_outcome_is_taken,
                a_call_that_waited_long_enough_has_not_sent_its_event,
                the_oldest_that_waits_is_shed,
                two_threads_receive_every_outcome_once,
                many_sessions_at_once_do_not_mix,
            }
            endings::{
                a_half_close_delivers_everything_and_ends_with_ok,
                a_cancel_in_mid_stream_has_a_true_watermark,
                the_drain_timeout_ends_a_cancelled_session,
                a_session_ends_at_its_deadline,
                a_session_ends_when_it_idles,
                a_session_ends_at_its_maximum_age,
                closing_wakes_a_receive_that_waits,
                closing_wakes_a_send_that_waits,
                dropping_the_last_clone_closes,
            }
            meaning::{
                a_decision_is_named_by_session_and_sequence,
                traces_are_kept_event_by_event,
                a_preview_changes_nothing,
                features_reach_the_engine_beside_every_form_of_an_event,
                features_that_are_no_map_are_refused_at_their_place,
                the_three_forms_of_an_event_mean_the_same,
                a_refused_event_has_the_same_words_and_leaves_the_others_alone,
                an_event_past_its_own_deadline_is_not_decided,
            }
        }
    };
}

everywhere!(crate::inproc::InProcess as in_process);
everywhere!(crate::ring::Ring as shared_memory);
everywhere!(crate::grpc::Grpc as over_grpc);

macro_rules! remote {
    ($place:path as $name:ident) => {
        conformance! { $place as $name:
            connections::{
                a_later_epoch_fences_the_earlier_connection,
                an_epoch_that_is_not_later_is_refused,
                another_process_takes_over_without_loss_or_repeat,
                a_server_that_is_gone_is_unavailable,
                a_server_that_came_back_empty_is_data_loss,
                a_server_that_stops_delivers_what_it_accepted,
            }
        }
    };
}

remote!(crate::ring::Ring as shared_memory_remote);
remote!(crate::grpc::Grpc as over_grpc_remote);

conformance! { crate::inproc::InProcess as in_process_alone:
    connections::{
        an_engine_that_is_gone_is_unavailable,
        nothing_is_resumed_in_process,
    }
}
