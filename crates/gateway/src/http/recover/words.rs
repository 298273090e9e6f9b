//! What the page says, in each language.

use crate::http::language::Language;

pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) account: &'static str,
    pub(super) password: &'static str,
    pub(super) again: &'static str,
    pub(super) set: &'static str,
    pub(super) done: &'static str,
    pub(super) gone: &'static str,
    pub(super) differ: &'static str,
    pub(super) empty: &'static str,
    pub(super) too_long: &'static str,
    pub(super) busy: &'static str,
    /// Before the number of the incident.
    pub(super) failed: &'static str,
}

pub(super) fn words(language: Language) -> Words {
    match language {
        Language::English => Words {
            title: "A new password",
            account: "User name",
            password: "New password",
            again: "The same once more",
            set: "Set the password",
            done: "The password is set. You can log in with it now; wherever you were logged in before, you are not any more.",
            gone: "This link is not good any more: it was used before, or it is too old. Ask your program for another one.",
            differ: "The two passwords are not the same.",
            empty: "The password is empty.",
            too_long: "The password is too long.",
            busy: "The server has too much to do. Please try again.",
            failed: "The server failed, and the password stays as it is. Please try again, or tell its operator this number:",
        },
        Language::Russian => Words {
            title: "Новый пароль",
            account: "Имя пользователя",
            password: "Новый пароль",
            again: "Ещё раз",
            set: "Задать пароль",
            done: "Пароль задан, теперь можно войти с ним. Везде, где вы входили раньше, вход завершён.",
            gone: "Эта ссылка больше не действует: ею уже воспользовались, или она устарела. Запросите новую в программе.",
            differ: "Пароли не совпадают.",
            empty: "Пароль пуст.",
            too_long: "Пароль слишком длинный.",
            busy: "Сервер перегружен. Попробуйте ещё раз.",
            failed: "На сервере произошла ошибка, пароль остался прежним. Попробуйте ещё раз или сообщите администратору этот номер:",
        },
        Language::Chinese => Words {
            title: "设置新密码",
            account: "用户名",
            password: "新密码",
            again: "再次输入",
            set: "设置密码",
            done: "密码已设置，现在可以用新密码登录。您之前的所有登录均已退出。",
            gone: "此链接已失效：它已被使用过，或者已过期。请在您的程序中重新获取。",
            differ: "两次输入的密码不一致。",
            empty: "密码不能为空。",
            too_long: "密码太长。",
            busy: "服务器繁忙，请重试。",
            failed: "服务器出错，密码未改变。请重试，或将此编号告知管理员：",
        },
    }
}
