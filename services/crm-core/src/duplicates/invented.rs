//! Clients that nobody is, for tests: names of many, numbers that are reserved, the same ones from the same seed.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::rules::Facts;

/// The kinds of doubles that people make.
pub const KINDS: usize = 10;

const SURNAMES: &str = "Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Федоров Морозов Волков Алексеев Лебедев Семенов \
    Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев Соловьев Борисов Яковлев Григорьев Романов \
    Воробьев Сергеев Фролов Александров Дмитриев Королев Гусев Киселев Ильин Максимов Поляков Сорокин Виноградов Ковалев Белов Медведев \
    Антонов Тарасов Жуков Баранов Филиппов Комаров Давыдов Беляев Герасимов Богданов Осипов Сидоров Матвеев Титов Марков Миронов Крылов \
    Куликов Карпов Власов Мельников Денисов Гаврилов Тихонов Казаков Афанасьев Данилов Савельев Тимофеев Фомин Чернов Абрамов Мартынов \
    Ефимов Федотов Щербаков Назаров Калинин Исаев Чернышев Быков Маслов Родионов Коновалов Лазарев Воронин Климов Филатов Пономарев \
    Голубев Кудрявцев Прохоров Наумов Потапов Журавлев Овчинников Трофимов Леонов Соболев Ермаков Колесников Гончаров Емельянов Никифоров \
    Грачев Котов Гришин Ефремов Архипов Громов Кириллов Малышев Панов Моисеев Румянцев Акимов Кондратьев Бирюков Горбунов Анисимов Еремин \
    Тихомиров Галкин Лукьянов Михеев Скворцов Юдин Белоусов Нестеров Симонов Прокофьев Харитонов Князев Цветков Левин Митрофанов Воронов \
    Аксенов Софронов Мальцев Логинов Горшков Савин Краснов Майоров Демидов Елисеев Рыбаков Сафонов Плотников Хохлов Фадеев Молчанов \
    Игнатов Литвинов Ершов Ушаков Дементьев Рябов Мухин Калашников Леонтьев Лобанов Кузин Корнеев Евдокимов Бородин Платонов Некрасов \
    Балашов Бобров Жданов Блинов Игнатьев Коротков Муравьев Крюков Беляков Богомолов Дроздов Лавров Зуев Петухов Ларин Никулин Серов \
    Терентьев Зотов Устинов Фокин Самойлов Константинов Сахаров Шишкин Самсонов Черкасов Чистяков Носов Спиридонов Карасев Авдеев Воронцов \
    Зверев Владимиров Селезнев Нечаев Кудряшов Седов Фирсов Андрианов Панин Головин Терехов Ульянов Шестаков Агеев Никонов Селиванов Баженов \
    Гордеев Кожевников Пахомов Зимин Костин Широков Филимонов Ларионов Овсянников Сазонов Суворов Нефедов Корнилов Любимов Львов Горбачев \
    Копылов Лукин Токарев Кулешов Шилов Большаков Панкратов Родин Шаповалов Покровский Бочаров Никольский Маркин Горелов Агафонов Березин \
    Ермолаев Зубков Куприянов Трифонов Масленников Круглов Третьяков Колосов Рожков Артамонов Шмелев Лаптев Лапшин Федосеев Зиновьев Зорин \
    Уткин Столяров Зубов Ткачев Дорофеев Антипов Завьялов Свиридов Золотарев Кулаков Мещеряков Макеев Дьяконов Гуляев Петровский Бондарев \
    Поздняков Панфилов Кочетков Суханов Рыжов Старостин Калмыков Колесов Золотов Кравцов Субботин Шубин Щукин Лосев Винокуров Лапин Парфенов \
    Исаков Голованов Коровин Розанов Артемов Козырев Русаков Алешин Крючков Булгаков Кошелев Сычев Синицын Черных Рогов Кононов Лаврентьев";
const GIVEN: &str = "Александр Сергей Дмитрий Андрей Алексей Максим Евгений Иван Михаил Артем Николай Владимир Денис Роман Илья Кирилл Павел \
    Виктор Олег Юрий Антон Игорь Константин Василий Никита Станислав Егор Вячеслав Григорий Анатолий Тимур Вадим Руслан Степан Георгий \
    Борис Глеб Марк Арсений Федор Матвей Геннадий Леонид Валентин Ярослав Семен Петр Тимофей Захар Лев";
const PATRONYMICS: &str = "Александрович Сергеевич Дмитриевич Андреевич Алексеевич Максимович Евгеньевич Иванович Михайлович Артемович \
    Николаевич Владимирович Денисович Романович Кириллович Павлович Викторович Олегович Юрьевич Антонович Игоревич Константинович \
    Васильевич Станиславович Егорович Вячеславович Григорьевич Анатольевич Тимурович Вадимович Русланович Степанович Георгиевич Борисович \
    Глебович Маркович Федорович Матвеевич Геннадьевич Леонидович Валентинович Ярославович Семенович Петрович Тимофеевич Захарович Львович";
const BEGINNINGS: &str = "Строй Тех Пром Авто Агро Мед Эко Энерго Транс Торг Мета Нефте Газ Лес Вод Свет Тепло Инфо Био Хим Авиа Гидро Радио Электро \
    Мос Сиб Урал Волга Север Юг Дон Невская Балт Алтай Кубань";
const MIDDLES: &str = "монтаж инвест сервис снаб комплект проект мастер ресурс баланс альянс партнер стандарт маркет вектор гарант прогресс лидер импульс \
    контакт формат профиль капитал эксперт фактор концепт регион магистраль горизонт логистика система продукт дизайн ремонт холдинг";
const ENDINGS: &str =
    "Плюс Центр Групп Трейд Юг Север Восток Запад Сити Люкс Премьер Профи Прайм Дом Мир Эра Стиль Классик Регион Союз";
const FORMS: [&str; 5] = ["ООО", "АО", "ООО", "ПАО", "ЗАО"];

/// Numbers without a pattern that are the same each time (SplitMix64).
pub struct Luck(pub u64);

impl Luck {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % most as u64).unwrap()
    }

    fn of<'a>(&mut self, words: &'a str) -> &'a str {
        let words: Vec<&str> = words.split_whitespace().collect();
        words[self.below(words.len())]
    }
}

fn inn(number: usize) -> String {
    let digits: Vec<usize> = format!("{:09}", 100_000_000 + number).bytes().map(|b| usize::from(b - b'0')).collect();
    let sum: usize = [2, 4, 10, 3, 5, 9, 4, 6, 8].iter().zip(&digits).map(|(w, d)| w * d).sum();
    format!("{}{}", 100_000_000 + number, sum % 11 % 10)
}

/// The client of this number: two of five are people.
pub fn client(number: usize, luck: &mut Luck) -> Facts {
    let company = number % 5 > 1;
    let name = if company {
        let tail = if luck.below(2) == 0 { String::new() } else { format!(" {}", luck.of(ENDINGS)) };
        let core = format!("{}{}{tail}", luck.of(BEGINNINGS), luck.of(MIDDLES));
        format!("{} «{core} {}»", FORMS[luck.below(5)], luck.of(SURNAMES))
    } else {
        format!("{} {} {}", luck.of(SURNAMES), luck.of(GIVEN), luck.of(PATRONYMICS))
    };
    let born = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + Days::new(luck.below(20_000) as u64);
    Facts {
        id: Uuid::from_u128(number as u128 + 1),
        company,
        names: vec![name],
        inn: if company && luck.below(3) > 0 { inn(number) } else { String::new() },
        kpp: String::new(),
        birthday: (!company).then_some(born),
        phones: vec![format!("7999{number:07}")],
        emails: vec![format!("buyer{number}@example.com")],
        identities: vec![format!("telegram:buyer_{number}")],
    }
}

/// Another record of the same client, as people make it; what is not told again is left out.
pub fn double(of: &Facts, kind: usize, luck: &mut Luck) -> Facts {
    let name = &of.names[0];
    let bare = Facts { id: Uuid::from_u128(of.id.as_u128() | 1 << 100), company: of.company, ..Facts::default() };
    let stranger = format!("Новый клиент {}", of.id.as_u128());
    let named = |name: String| Facts { names: vec![name], ..bare.clone() };
    match kind {
        // Another form, other quotes, capitals.
        0 => named(name.replace(['«', '»'], "\"").replace("ООО", "").to_uppercase()),
        1 => named(latin(name)),
        2 => named(slip(name, luck)),
        // Another order.
        3 => {
            let plain = name.replace(['«', '»'], "");
            let mut words: Vec<&str> = plain.split_whitespace().collect();
            words.rotate_left(1);
            named(words.join(" "))
        }
        4 if !of.inn.is_empty() => Facts { inn: of.inn.clone(), ..named(stranger) },
        4 | 5 => Facts { phones: of.phones.clone(), ..named(stranger) },
        6 => Facts { emails: of.emails.clone(), ..named(stranger) },
        7 => Facts { identities: of.identities.clone(), ..named(stranger) },
        // Without the patronymic; the birthday helps.
        8 if !of.company => {
            let words: Vec<&str> = name.split_whitespace().take(2).collect();
            Facts { birthday: of.birthday, ..named(words.join(" ")) }
        }
        // Written together, or with a hyphen.
        8 => named(name.replace(' ', "")),
        _ => named(name.replace(' ', "-").replace('е', "ё")),
    }
}

/// As a bank card or a passport would have it.
pub fn latin(text: &str) -> String {
    let letter = |c: char| {
        Some(match c {
            'а' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'е' | 'ё' | 'э' => "e",
            'ж' => "zh",
            'з' => "z",
            'и' => "i",
            'й' | 'ы' => "y",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'о' => "o",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' => "u",
            'ф' => "f",
            'х' => "kh",
            'ц' => "ts",
            'ч' => "ch",
            'ш' => "sh",
            'щ' => "shch",
            'ъ' | 'ь' => "",
            'ю' => "yu",
            'я' => "ya",
            _ => return None,
        })
    };
    text.to_lowercase().chars().map(|c| letter(c).map_or_else(|| c.to_string(), str::to_owned)).collect()
}

/// One letter wrong, left out, doubled, or two in the wrong order, in the longest word.
pub fn slip(text: &str, luck: &mut Luck) -> String {
    let longest = text.split_whitespace().max_by_key(|word| word.chars().count()).unwrap();
    let mut letters: Vec<char> = longest.chars().collect();
    let place = 1 + luck.below(letters.len() - 3);
    match luck.below(4) {
        0 => letters[place] = if letters[place] == 'о' { 'а' } else { 'о' },
        1 => drop(letters.remove(place)),
        2 => letters.insert(place, 'н'),
        _ => letters.swap(place, place + 1),
    }
    text.replace(longest, &letters.into_iter().collect::<String>())
}
