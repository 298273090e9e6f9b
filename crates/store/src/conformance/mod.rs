//! The suite that every backend passes.
//!
//! A backend's tests call [`conformance_suite!`](crate::conformance_suite) with a function that makes an empty store,
//! and each case shows as a test of its own. What only a backend can do to itself (kill it, fill its disk) is left to it.

pub mod accounts;
pub mod amends;
pub mod blocks;
pub mod clearing;
pub mod contacts;
pub mod conversations;
pub mod deletion;
pub mod keeping;
pub mod keys;
pub mod marks;
pub mod media;
pub mod members;
pub mod messages;
pub mod missed;
pub mod operators;
pub mod order;
pub mod search;
pub mod shelves;
pub mod tokens;
pub mod uploads;
pub mod watermarks;
pub mod whole;

mod world;

pub use world::World;

use crate::Store;
use std::sync::Arc;

/// Makes a test of each case.
///
/// `$make` is the path (from the crate's root) of an `async fn() -> (Arc<dyn Store>, T)`: a new and empty store, and
/// whatever must live as long as it does, such as a temporary folder.
#[macro_export]
macro_rules! conformance_suite {
    ($make:path) => {
        $crate::conformance_suite! { @nouns $make;
            accounts {
                ids_count_up
                a_profile_is_kept_as_given
                a_handle_is_unique_in_every_letter_case
                a_handle_like_an_id_is_taken
                a_handle_is_made_of_the_nick
                a_nick_may_have_to_be_unique
                an_email_address_is_unique
                an_address_names_one_account
                an_account_is_found_by_what_was_typed
                profiles_come_in_the_order_asked
                verifiers_are_added_and_never_replaced
                a_new_password_replaces_every_verifier
                a_sign_in_that_a_new_password_overtook_adds_nothing
                a_new_password_takes_the_place_of_the_proven_one
                a_new_password_is_for_who_is_there
                a_sign_in_tells_whether_requests_are_answered
                a_change_touches_only_what_it_names
                a_refused_change_changes_nothing
                a_handle_that_was_given_up_stays_taken
                cards_are_matched_by_address_and_then_by_phone
            }
            contacts {
                adding_asks_for_the_edge_back
                adding_back_makes_both_friends
                an_accepted_contact_is_mutual_at_once
                adding_who_asked_completes
                a_request_makes_no_edge
                asking_twice_is_one_request
                asking_who_asked_completes
                asking_completes_for_who_has_the_asker
                a_request_is_accepted_or_declined
                removing_takes_one_edge_or_both
                removing_takes_the_request_back
                whom_one_has_asked_is_known
                lists_are_oldest_first
                contacts_refuse
            }
            conversations {
                a_direct_conversation_is_one_for_each_pair
                somebody_talks_to_themselves
                opening_at_the_same_time_is_one_conversation
                a_direct_conversation_needs_accounts
                a_group_begins_with_its_members
                a_group_begins_with_invitations_to_friends
                a_group_begins_within_its_bound
                a_group_needs_accounts_and_friends
                a_leader_renames_and_promotes
                a_leader_gives_a_picture
                only_a_leader_may
                a_dissolved_group_is_gone
                numbers_are_not_given_twice
                a_direct_conversation_is_no_group
            }
            members {
                a_member_is_proven
                members_are_listed_in_their_order
                who_is_added_sees_what_follows
                who_is_invited_sees_nothing_until_then
                adding_refuses
                adding_the_invited_makes_them_a_member
                the_invited_have_places
                of_two_who_are_added_at_once_one_has_the_last_place
                an_invitation_is_answered_once
                a_follower_leaves
                the_longest_standing_member_leads_next
                the_last_one_out_removes_the_group
                leaving_refuses
                the_leader_expels
                expelling_refuses
                who_was_expelled_says_nothing_more
            }
            deletion {
                nothing_personal_stays
                the_handle_and_the_messages_stay
                groups_pass_to_the_longest_standing_member
                nobody_talks_to_who_is_gone
                the_deleted_are_refused
            }
            keeping {
                what_is_old_goes
                what_was_cleared_is_no_more_so_than_before
                what_lies_behind_something_younger_stays
                the_last_place_stays_taken
                a_portion_is_taken_at_a_time
                what_belongs_to_it_goes_too
                media_that_nothing_names_go
                a_sweep_goes_on_as_long_as_it_is_wanted
                leftovers_count_until_they_are_taken_away
            }
            clearing {
                what_is_cleared_is_gone_for_one
                the_next_message_brings_it_back
                opening_shows_it_to_the_opener
                a_device_goes_on_after_it
                clearing_tells_what_is_wanted
                what_was_cleared_goes_with_the_account
                clearing_refuses
            }
            operators {
                accounts_are_listed_page_by_page
                who_is_disabled_is_kept_out
                tokens_are_listed_page_by_page
                all_tokens_of_an_account_end_at_once
                an_invitation_lets_so_many_in
                an_invitation_is_not_used_too_often
                an_invitation_is_revoked
            }
            tokens {
                a_token_names_its_owner_on_its_device
                a_token_expires
                a_token_in_use_lives_on
                an_account_has_so_many_tokens
                a_revoked_token_is_nobodys
                tokens_go_with_their_account
                tokens_go_with_the_password
                a_token_stands_for_a_session
                tokens_are_listed_while_they_live
                a_new_password_keeps_one_token
            }
            messages {
                a_message_is_kept_as_it_was_said
                all_kinds_of_parts_are_kept
                a_direct_message_opens_the_conversation
                the_other_is_named_in_any_way
                a_message_needs_a_membership
                a_page_is_a_span_from_one_end
                a_page_is_bounded_by_moments
                a_page_begins_where_the_member_came
                memberships_tell_the_last_message
            }
            missed {
                what_was_missed_comes_oldest_first
                what_was_missed_has_its_bounds
                who_has_left_reads_no_further
            }
            keys {
                a_repeated_key_is_answered_with_the_first_post
                a_check_says_what_an_append_would
                a_key_with_other_words_is_refused
                a_key_in_another_conversation_is_refused
                a_key_is_the_senders_own
                media_under_a_key_are_compared_by_their_bytes
                a_repetition_under_way_is_one_message
                a_refused_message_does_not_open_a_conversation
                a_key_goes_with_its_group
            }
            amends {
                an_edit_changes_what_is_read
                an_edit_leaves_what_is_attached
                a_repeated_post_is_known_after_an_edit
                a_repeated_act_is_answered_with_the_first
                a_deletion_leaves_nothing_but_the_place
                only_the_author_changes_a_message
                reactions_are_put_and_taken_away
                a_message_has_so_many_reactions
                an_act_needs_a_message
                a_reply_needs_a_message
                a_leaf_has_no_acts
                a_leaf_steps_over_many_acts
                what_was_done_goes_with_its_group
                words_are_a_members_own
            }
            order {
                racing_appends_leave_no_hole
                appends_of_one_task_keep_their_order
                appends_that_wait_for_room_keep_their_order
                readers_see_neither_holes_nor_the_future
                an_answered_message_is_read_at_once
                racing_first_messages_open_one_conversation
            }
            search {
                a_word_is_found_by_its_beginning
                endings_do_not_count
                chinese_is_found_by_its_characters
                a_letter_is_a_whole_word
                phrases_stand_as_they_are
                file_names_and_html_are_found
                strangers_find_nothing
                a_member_finds_what_they_may_see
                hits_come_newest_first_in_pages
                hits_are_told_once_where_the_clock_was_set_back
                what_was_just_said_is_found
                a_dissolved_group_is_not_found
                nothing_typed_is_an_error
            }
            watermarks {
                a_device_begins_where_the_account_came
                a_watermark_is_known_at_once
                a_watermark_moves_forward_alone
                devices_are_apart
                strangers_leave_no_watermark
                who_comes_back_begins_anew
                many_watermarks_are_all_written
                changes_are_counted_before_they_are_answered
            }
            blocks {
                a_block_takes_contacts_and_requests
                the_blocked_do_not_write_to_each_other
                a_repetition_is_answered_after_a_block
                the_blocked_take_back_what_they_said
                no_conversation_is_made_with_the_blocked
                the_blocked_are_not_asked
                the_blocked_bring_nobody_into_groups
                blocking_refuses
            }
            marks {
                a_read_mark_moves_forward_alone
                reading_refuses
                what_arrived_on_any_device_is_delivered
                marks_are_shared_among_few
                marks_go_with_the_membership
            }
            shelves {
                a_shelf_tells_how_a_conversation_stands
                some_shelves_can_be_had_alone
                what_is_unread_is_found_behind_many_acts
                what_others_said_is_unread
                acts_are_not_on_a_shelf
                a_shelf_tells_how_far_its_last_message_has_come
                a_shelf_begins_where_its_owner_came
                members_are_seen_by_a_member
            }
            media {
                bytes_are_kept
                unknown_bytes_are_none
                equal_bytes_at_once_are_one_blob
                media_are_found_by_their_id
                media_count_for_their_sender
                pictures_count_for_whoever_gave_them
                media_go_with_their_group
            }
            uploads {
                chunks_become_a_blob
                an_upload_is_taken_up_again
                a_chunk_that_is_there_changes_nothing
                a_growing_upload_becomes_a_blob
                a_weighed_upload_is_still_one
                a_weighed_upload_is_not_another
                growing_uploads_refuse
                unfinished_uploads_are_bounded
                uploads_refuse
                a_part_of_a_blob_is_read
            }
            whole {
                a_store_that_works_says_so
                the_epoch_stays
                a_closed_store_changes_nothing
                closing_finishes_what_was_begun
            }
        }
    };
    (@nouns $make:path; $($noun:ident { $($case:ident)* })*) => {
        $(
            mod $noun {
                $(
                    #[test]
                    fn $case() {
                        $crate::conformance::run($make, $crate::conformance::$noun::$case);
                    }
                )*
            }
        )*
    };
}

/// Runs one case on a new store, which is closed afterwards.
pub fn run<T>(make: impl AsyncFnOnce() -> (Arc<dyn Store>, T), case: impl AsyncFnOnce(World)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let (store, companion) = make().await;
        case(World::new(Arc::clone(&store))).await;
        store.close().await;
        drop(store);
        drop(companion);
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_in_the_suite() {
        let suite = include_str!("mod.rs");
        for noun in [
            include_str!("accounts.rs"),
            include_str!("amends.rs"),
            include_str!("blocks.rs"),
            include_str!("clearing.rs"),
            include_str!("contacts.rs"),
            include_str!("conversations.rs"),
            include_str!("deletion.rs"),
            include_str!("keeping.rs"),
            include_str!("keys.rs"),
            include_str!("marks.rs"),
            include_str!("media.rs"),
            include_str!("members.rs"),
            include_str!("messages.rs"),
            include_str!("missed.rs"),
            include_str!("operators.rs"),
            include_str!("order.rs"),
            include_str!("search.rs"),
            include_str!("shelves.rs"),
            include_str!("tokens.rs"),
            include_str!("uploads.rs"),
            include_str!("watermarks.rs"),
            include_str!("whole.rs"),
        ] {
            for line in noun.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let case = line.split('(').next().unwrap();
                assert!(suite.lines().any(|listed| listed.trim() == case), "{case} is not in the suite");
            }
        }
        for noun in suite.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
            let file = format!("include_str!(\"{}.rs\")", noun.trim_end_matches(';'));
            assert!(suite.contains(&file), "nobody looks whether all of {noun} is in the suite");
        }
    }
}
