//! The other end of a session: what speaks a dialect as a person's program does, for the load generator and for tests.
//!
//! It is pure state like a session: whole frames go in, frames come out, and what they mean is told. It knows the little that
//! load is made of, and what people do to contacts and groups, each dialect in its own words; what a protocol has no words for, it refuses.

use crate::{Carriage, Frame, Payload};

/// One person's program. It keeps what a program keeps between two connections.
///
/// Each thing that was asked is answered once on the same connection, in the order of asking.
pub trait Client: Send {
    /// A fresh connection stands, on which nothing was asked yet.
    fn begin(&mut self);

    /// Asks for something: the frames that do so are put into `out`.
    fn ask(&mut self, ask: Ask<'_>, out: &mut Vec<Payload>) -> Result<(), Wordless>;

    /// Takes a frame of the server's and tells what is in it. What must be said for that goes into `out`.
    fn receive(&mut self, frame: Frame<'_>, out: &mut Vec<Payload>, hear: &mut dyn FnMut(Heard<'_>));

    /// The token with which the program uploads files by HTTP, once it has one, for protocols whose pictures go that way.
    fn upload_token(&self) -> Option<&str> {
        None
    }
}

/// Somebody, as all protocols know people.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// The handle, which is the nick as well.
    pub handle: String,
    /// The number; 0 until the account is there.
    pub id: u64,
}

/// A picture, as a protocol carries it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Picture<'a> {
    /// In the frame: its bytes.
    Bytes(&'a [u8]),
    /// By HTTP: what the upload is called that was made with the program's token, or the path at which a picture is found.
    ByHttp(&'a str),
}

/// What a client can be asked to do.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// Make an account of this handle, and be told what happens: [`Answer::Entered`].
    Register {
        /// Who it will be.
        me: &'a Known,
        /// The password.
        password: &'a str,
    },
    /// Sign in, and be told what happens and what was missed: [`Answer::Entered`].
    SignIn {
        /// Who it is.
        me: &'a Known,
        /// The password.
        password: &'a str,
        /// Conversations of which the program has heard nothing and is to hear everything, for protocols that tell nothing old unasked.
        rooms: &'a [String],
    },
    /// Sign out, so that what was signed in with is worthless: [`Answer::Left`].
    SignOut,
    /// Find or begin the conversation with somebody: [`Answer::Room`].
    Meet {
        /// Who else.
        other: &'a Known,
    },
    /// Make a group: [`Answer::Room`].
    Group {
        /// Its name.
        name: &'a str,
        /// Who is in it beside the one who asks.
        others: &'a [Known],
    },
    /// Say something: [`Answer::Taken`].
    Say {
        /// Where, as the answer to `Meet` or `Group` called it.
        room: &'a str,
        /// A number that no other message of this person has.
        key: u64,
        /// What.
        text: &'a str,
    },
    /// Show a picture: [`Answer::Taken`]. A program that has an [`upload_token`](Client::upload_token) has no words for bytes, and the others have none for an upload.
    Show {
        /// Where, as the answer to `Meet` or `Group` called it.
        room: &'a str,
        /// A number that no other message of this person has.
        key: u64,
        /// What.
        picture: Picture<'a>,
    },
    /// Read messages of a conversation: [`Answer::Page`].
    Page {
        /// Where, as the answer to `Meet` or `Group` called it.
        room: &'a str,
        /// Those before this place, counted from 1.
        before: u64,
        /// How many at most.
        limit: u64,
    },
    /// Ask somebody to be friends: [`Answer::Done`]. Where contacts are one's own affair, that is to have them as one.
    Befriend {
        /// Whom.
        other: &'a Known,
    },
    /// Have somebody no more, nor ask for it: [`Answer::Done`]. Where contacts are one's own affair, the other keeps theirs.
    Part {
        /// With whom.
        other: &'a Known,
    },
    /// Leave a group: [`Answer::Done`].
    Leave {
        /// Which.
        room: &'a str,
    },
    /// Take somebody into a group: [`Answer::Done`].
    Admit {
        /// Into which.
        room: &'a str,
        /// Whom.
        other: &'a Known,
    },
    /// Send somebody away from a group: [`Answer::Done`].
    Expel {
        /// From which.
        room: &'a str,
        /// Whom.
        other: &'a Known,
    },
    /// Let somebody else lead a group: [`Answer::Done`].
    Promote {
        /// Which.
        room: &'a str,
        /// Who will lead.
        other: &'a Known,
    },
    /// Give a group another name: [`Answer::Done`].
    Rename {
        /// Which.
        room: &'a str,
        /// The new name.
        name: &'a str,
    },
}

/// The protocol has no words for what was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wordless;

/// What a client hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard<'a> {
    /// What was asked longest ago has been done.
    Answer(Answer<'a>),
    /// What was asked longest ago is refused, for this reason.
    Refused(&'a str),
    /// Somebody has said this, perhaps the client itself.
    Said(&'a str),
    /// Somebody has shown this, perhaps the client itself where it is in the frame.
    Shown(Picture<'a>),
    /// The server says that it closes the connection, and why.
    Ended(&'a str),
    /// What came is none of what the protocol has; what is wrong with it.
    Broken(String),
}

/// That something was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer<'a> {
    /// The client is signed in, as the account of this number.
    Entered(u64),
    /// The client is signed out.
    Left,
    /// What the protocol calls the conversation.
    Room(&'a str),
    /// The message is on the server's disk.
    Taken,
    /// So many messages came.
    Page(usize),
    /// It is so from now on.
    Done,
}

/// One way in which a dialect is spoken.
#[derive(Clone, Copy, Debug)]
pub struct Speaker {
    /// Its name: that of the dialect, and what tells it from other ways.
    pub name: &'static str,
    /// The dialect's name in the registry.
    pub dialect: &'static str,
    /// How its frames travel.
    pub carriage: Carriage,
    /// Makes a program.
    pub client: fn() -> Box<dyn Client>,
}
