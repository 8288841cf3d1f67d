package phone

// formalNames lists what countries are called in full, and in further usual
// ways, in their own languages and in French: the names that the UN's list of
// country names, ISO 3166 and the members of the ITU give and that neither
// CLDR has nor the rules of [Resolve] lead to.
const formalNames = `
AC: Île de l'Ascension
AD: Principat d'Andorra
AE: Émirats arabes unis; دولة الإمارات العربية المتحدة
AF: جمهوری اسلامی افغانستان; د افغانستان اسلامي جمهوریت; د افغانستان اسلامي امارت
AL: Republika e Shqipërisë; Shqipëria; Shqipnia
AM: Հայաստանի Հանրապետություն; Hayastan
AR: República Argentina; République argentine
AS: Amerika Sāmoa; Sāmoa Amelika
AT: Republik Österreich; Oesterreich
AX: Landskapet Åland; Ahvenanmaan maakunta; Ahvenanmaa
AZ: Azərbaycan Respublikası; Азербайджан; Азербайджанская Республика
BA: Босна и Херцеговина; Federation of Bosnia and Herzegovina; Bosnie-et-Herzégovine; Bosna; Republika Bosna i Hercegovina
BD: গণপ্রজাতন্ত্রী বাংলাদেশ
BE: Koninkrijk België; Royaume de Belgique; Königreich Belgien
BF: Burkina; République du Burkina
BG: Република България
BH: مملكة البحرين
BI: Republika y'Uburundi
BL: Collectivité de Saint-Barthélemy; Collectivity of Saint Barthélemy
BM: The Bermudas; Bermudas
BN: Negara Brunei Darussalam; Brunéi Darussalam; Nation of Brunei; Nation of Brunei, the Abode of Peace
BO: Wuliwya; Buliwya; Volívia; Wuliwya Suyu; Buliwya Mamallaqta
BQ: Bonaire, Saint Eustatius and Saba; Bonaire, Saint-Eustache et Saba; Bonaire, Sint Eustatius en Saba; Saint Eustatius; Saint-Eustache
BT: འབྲུག་རྒྱལ་ཁབ་; འབྲུག་ཡུལ་
BW: Lefatshe la Botswana
BY: Рэспубліка Беларусь; Республика Беларусь; Белоруссия
CA: ᑲᓇᑕ
CC: Îles des Cocos (Keeling); Territory of Cocos (Keeling) Islands; Territory of the Cocos (Keeling) Islands
CD: RD Congo; République démocratique du Congo; Jamhuri ya Kidemokrasia ya Kongo; Repubilika ya Kongo Demokratiki; Democratic Republic Congo; Dem. Rep. Congo; Kongo, Jamhuri ya Kidemokrasia
CF: République centrafricaine; Ködörösêse tî Bêafrîka; Bêafrîka
CG: République du Congo; Repubilika ya Kongo; Republíki ya Kongó
CH: Schweizerische Eidgenossenschaft; Confédération suisse; Confederazione Svizzera; Confederaziun svizra; Confédération helvétique
CK: Kūki 'Āirani
CN: 中华人民共和国; 中華人民共和國; République populaire de Chine; Zhongguo
CV: República de Cabo Verde; Îles du Cap-Vert
CW: Land Curaçao; Pais Kòrsou; Country of Curaçao; Pays de Curaçao; Kòrsou
CX: Territory of Christmas Island; Île Christmas
CY: Κυπριακή Δημοκρατία; Kıbrıs Cumhuriyeti; Kypros
CZ: Česká republika; République tchèque; Tchéquie
DE: Bundesrepublik Deutschland; République fédérale d'Allemagne
DJ: جمهورية جيبوتي; Gabuuti; Jabuuti
DK: Kongeriget Danmark
DO: República Dominicana; République dominicaine
DZ: الجمهورية الجزائرية الديمقراطية الشعبية; République algérienne démocratique et populaire; Dzayer
EE: Eesti Vabariik
EG: جمهورية مصر العربية
EH: الجمهورية العربية الصحراوية الديمقراطية; República Árabe Saharaui Democrática; République arabe sahraouie démocratique; Sahrawi Arab Democratic Republic
ER: دولة إريتريا; ሃገረ ኤርትራ; ሃገር ኤርትራ
ES: Regne d'Espanya; Espaniako Erresuma; Reinu d'España
ET: የኢትዮጵያ ፌዴራላዊ ዲሞክራሲያዊ ሪፐብሊክ
FI: Suomen tasavalta; Republiken Finland
FJ: Viti; Matanitu ko Viti; Matanitu Tugalala o Viti
FK: Îles Falkland (Malvinas); Îles Malouines; Malouines; Islas Malvinas (Falkland)
FM: Micronésie (États fédérés de); États fédérés de Micronésie; Micronesia (Fed. States of); Micronesia, Federated States of; Micronesia, Fed. Sts.
FO: Færøerne
FR: République française; Metropolitan France
GA: République gabonaise
GB: Royaume-Uni de Grande-Bretagne et d'Irlande du Nord; United Kingdom of Great Britain and N. Ireland; Prydain Fawr; Teyrnas Unedig Prydain Fawr a Gogledd Iwerddon; An Bhreatain Mhór; Ríocht Aontaithe na Breataine Móire agus Thuaisceart Éireann
GE: Sakartvelo
GF: Guyane française
GG: Bailliage de Guernesey
GP: Gwadloup; Département de la Guadeloupe
GR: Ελληνική Δημοκρατία; République hellénique
GU: Guåhån; Guåhan
HK: Hong Kong, China; China, Hong Kong SAR; Hong Kong Special Administrative Region; Hong Kong Special Administrative Region of China; Hong Kong Special Administrative Region of the People's Republic of China; China, Hong Kong Special Administrative Region; Chine, région administrative spéciale de Hong Kong; Région administrative spéciale de Hong Kong; Hong Kong SAR, China; Hongkong, China; Hongkong China; 中华人民共和国香港特别行政区; 中華人民共和國香港特別行政區; 香港特別行政區; 香港特别行政区
HR: Republika Hrvatska
HT: Ayiti; Repiblik Ayiti; République d'Haïti
HU: Magyar Köztársaság
ID: Republik Indonesia; Negara Kesatuan Republik Indonesia
IE: Poblacht na hÉireann
IL: מדינת ישראל; دولة إسرائيل
IM: Mannin; Mann; Île de Man
IN: भारत गणराज्य; انڊيا; Bharat Ganrajya; انڈیا; ভারতীয় প্রজাতন্ত্র; இந்திய குடியரசு; भारतीय गणराज्य; ಭಾರತ ಗಣರಾಜ್ಯ; ਭਾਰਤ ਗਣਰਾਜ
IO: Océan Indien Britannique; Territoire britannique de l'océan Indien; British Indian Ocean Territory (Chagos Archipelago)
IQ: جمهورية العراق; کۆماری عێراق
IR: جمهوری اسلامی ایران
IS: Lýðveldið Ísland
IT: Repubblica Italiana; République italienne
JE: Jèrri; Bailliage de Jersey; Bailliage dé Jèrri
JO: المملكة الأردنية الهاشمية
JP: Nippon; Nihon; 日本国; 日本國
KE: Jamhuri ya Kenya
KG: Кыргыз Республикасы; Кыргызская Республика; République kirghize; Киргизия; Республика Кыргызстан
KH: ព្រះរាជាណាចក្រកម្ពុជា
KI: Independent and Sovereign Republic of Kiribati; Ribaberiki Kiribati
KM: الاتحاد القمري; اتحاد جزر القمر; Udzima wa Komori; Komori
KN: Federation of Saint Kitts and Nevis; Saint Christopher and Nevis; St. Christopher and Nevis; Saint-Christophe-et-Niévès
KP: 조선; 북조선; République populaire démocratique de Corée; Korea (Dem. People's Rep. of); Korea, Dem. People's Rep. of; Dem. People's Rep. of Korea; D.P.R. Korea; DPR Korea; D.P.R. of Korea
KR: 한국; 남한; 남조선; République de Corée; Hanguk; Korea (Rep. of); Rep. of Korea
KW: دولة الكويت
KY: Îles Caïmanes
KZ: Қазақстан Республикасы; Республика Казахстан; Qazaqstan; Qazaqstan Respublikasy
LA: Laos PDR; Laos P.D.R.; ສາທາລະນະລັດ ປະຊາທິປະໄຕ ປະຊາຊົນລາວ; ສປປລາວ; ສປປ ລາວ; République démocratique populaire lao
LB: الجمهورية اللبنانية; République libanaise
LI: Fürstentum Liechtenstein
LK: ශ්රී ලංකා ප්රජාතාන්ත්රික සමාජවාදී ජනරජය; இலங்கை சனநாயக சோசலிசக் குடியரசு; Ceylon
LS: Muso oa Lesotho
LT: Lietuvos Respublika
LU: Großherzogtum Luxemburg; Groussherzogtum Lëtzebuerg; Grand-Duché de Luxembourg
LV: Latvijas Republika
LY: دولة ليبيا; Libyan Arab Jamahiriya; Jamahiriya arabe libyenne; Socialist People's Libyan Arab Jamahiriya
MA: المملكة المغربية; ⵍⵎⴰⵖⵔⵉⴱ; ⵜⴰⴳⵍⴷⵉⵜ ⵏ ⵍⵎⵖⵔⵉⴱ; Royaume du Maroc
MC: Principauté de Monaco
MD: Republica Moldova; Moldavia; Moldavie
ME: Црна Гора
MF: Saint-Martin (partie française); Collectivité de Saint-Martin; Collectivity of Saint Martin; French Saint Martin; Saint Martin (French)
MG: Repoblikan'i Madagasikara
MH: M̧ajeļ; Aolepān Aorōkin M̧ajeļ
MK: Македонија; Република Северна Македонија; Република Македонија; Maqedoni; Maqedonia; Ex-République yougoslave de Macédoine; Former Yugoslav Republic of Macedonia; The Former Yugoslav Rep. of Macedonia; FYR Macedonia; FYR of Macedonia; F.Y.R.O.M.; Republika e Maqedonisë së Veriut
MM: Union of Myanmar; Birmanie; ပြည်ထောင်စု သမ္မတ မြန်မာနိုင်ငံတော်; မြန်မာနိုင်ငံ
MN: Монгол улс; ᠮᠣᠩᠭᠣᠯ ᠤᠯᠤᠰ
MO: Macao, China; Macau, China; China, Macao SAR; China, Macau SAR; Macau SAR China; Macao Special Administrative Region; Macau Special Administrative Region; Macao Special Administrative Region of China; Macao Special Administrative Region of the People's Republic of China; China, Macao Special Administrative Region; Chine, région administrative spéciale de Macao; Região Administrativa Especial de Macau; Região Administrativa Especial de Macau da República Popular da China; 中华人民共和国澳门特别行政区; 中華人民共和國澳門特別行政區; 澳門特別行政區; 澳门特别行政区
MP: Commonwealth of the Northern Mariana Islands; CNMI; Notte Mariånas; Îles Mariannes du Nord
MR: الجمهورية الإسلامية الموريتانية; جمهورية موريتانيا الإسلامية
MT: Repubblika ta' Malta
MU: Republik Moris; Moris; Île Maurice
MV: Maldive Islands; ދިވެހިރާއްޖޭގެ ޖުމްހޫރިއްޔާ; ދިވެހިރާއްޖެ
MX: Estados Unidos Mexicanos; États-Unis du Mexique; États-Unis mexicains
MY: مليسيا
NA: Republiek van Namibië; Republik Namibia
NF: Norf'k Ailen; Territory of Norfolk Island
NG: Orílẹ́ède Nàìjíríà; Fed. Rep. of Nigeria
NL: Koninkrijk der Nederlanden; Holanda
NO: Kongeriket Norge; Kongeriket Noreg; Norgga; Norgga gonagasriika
NP: सङ्घीय लोकतान्त्रिक गणतन्त्र नेपाल; नेपाल संघीय लोकतान्त्रिक गणतन्त्र
NR: Naoero; Ripublik Naoero
NU: Nioué
OM: سلطنة عمان
PE: Piruw; Piruw Suyu; Piruw Ripuwlika
PF: Pōrīnetia Farāni
PG: Independen Stet bilong Papua Niugini; État indépendant de Papouasie-Nouvelle-Guinée
PH: Republika ng Pilipinas; The Philippines; Philippine Islands
PK: اسلامی جمہوریہ پاکستان; پاكستان
PL: Rzeczpospolita Polska
PM: Collectivité territoriale de Saint-Pierre-et-Miquelon
PR: Estado Libre Asociado de Puerto Rico
PS: دولة فلسطين; Palestinian Territory, Occupied; Palestinian Territories; État de Palestine
PT: República Portuguesa; République portugaise
PW: Belau; Beluu er a Belau
PY: Paraguái; Tetã Paraguái
QA: دولة قطر
RE: Île de la Réunion; La Réunion
RO: Roumania
RS: Република Србија; Republika Srbija
RU: Российская Федерация; Fédération de Russie
RW: Repubulika y'u Rwanda; République rwandaise
SA: المملكة العربية السعودية; Royaume d'Arabie saoudite
SC: Sesel; Repiblik Sesel
SD: جمهورية السودان
SE: Konungariket Sverige
SG: Republik Singapura; 新加坡共和国; சிங்கப்பூர் குடியரசு; 新加坡共和國
SI: Republika Slovenija
SJ: Svalbard and Jan Mayen Islands; Svalbard & Jan Mayen Is.; Svalbard et Île Jan Mayen; Îles Svalbard-et-Jan Mayen
SK: Slovenská republika; République slovaque
SM: Serenissima Repubblica di San Marino; Most Serene Republic of San Marino
SN: Republik bu Senegaal
SO: جمهورية الصومال الاتحادية; جمهورية الصومال الفيدرالية; Jamhuuriyadda Federaalka Soomaaliya
SR: Republiek Suriname; Surinam
SS: Republic of South Sudan
ST: República Democrática de São Tomé e Príncipe
SX: Sint Maarten (partie néerlandaise); Saint-Martin (partie néerlandaise); Land Sint Maarten; Saint Martin (Dutch part); Dutch Saint Martin; Saint Martin (Dutch); Sint Maarten (Nederlands deel)
SY: الجمهورية العربية السورية; République arabe syrienne
SZ: Umbuso weSwatini; kaNgwane; Ngwane
TD: جمهورية تشاد
TG: République togolaise
TH: ประเทศไทย; ราชอาณาจักรไทย
TJ: Ҷумҳурии Тоҷикистон; Республика Таджикистан; Таджикистан; Tadzhikistan
TK: Tokélaou
TL: Repúblika Demokrátika Timór-Leste; República Democrática de Timor-Leste; Timor Lorosa'e
TM: Туркмения; Turkmenia
TN: الجمهورية التونسية; République tunisienne; Tunisian Republic
TR: Türkiye Cumhuriyeti; Turkey (Türkiye)
TW: 臺灣; 中華民國; 中华民国; Taiwan, China; China, Taiwan; Taiwan R.O.C.; Taiwan (R.O.C.); République de Chine; República de China; Republik China; Chinese Taipei; Taiwan Province; 中国台湾; 中國台灣; 中国台湾省
TZ: Jamhuri ya Muungano wa Tanzania; Tanzania, Jamhuri ya Muungano
UA: Ukrayina
UG: Jamhuri ya Uganda
US: États-Unis d'Amérique; Estados Unidos de América; Estados Unidos da América; EE.UU.; E.U.A.
UY: República Oriental del Uruguay; Oriental Republic of Uruguay; République orientale de l'Uruguay
UZ: Oʻzbekiston Respublikasi; Ўзбекистон Республикаси; Республика Узбекистан
VA: Saint-Siège; Saint-Siège (Vatican); Stato della Città del Vaticano; Città del Vaticano; État de la Cité du Vatican; Vaticano; Holy See (the)
VG: Îles Vierges britanniques; British Virgin Is.
VI: Îles Vierges américaines; Îles Vierges des États-Unis; United States Virgin Is.
VN: Cộng hòa Xã hội chủ nghĩa Việt Nam
VU: Ripablik blong Vanuatu
WF: Wallis and Futuna Islands; Territory of the Wallis and Futuna Islands; Îles Wallis-et-Futuna; Territoire des îles Wallis et Futuna
WS: État indépendant du Samoa; Malo Saʻoloto Tutoʻatasi o Sāmoa
XK: Republika e Kosovës; Република Косово; Republika Kosovo; Kosovo and Metohija; XKX; UNMIK
YE: الجمهورية اليمنية; Yemeni Republic; جمهورية اليمن
YT: Département de Mayotte; Department of Mayotte; Maore
ZA: Republiek van Suid-Afrika; IRiphabliki yaseNingizimu Afrika; IRiphabliki yaseMzantsi Afrika; Mzantsi Afrika; Rephaboliki ya Afrika Borwa; République sud-africaine; Sewula Afrika; Afrika Dzonga; Afurika Tshipembe; Africa Borwa
`
