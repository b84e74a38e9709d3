"""What passwords are made of that are guessed first, in the languages of our businesses: published lists of leaked
passwords, reduced to their words. Spelled in letters only, since digits that stand for letters are read as them."""

_WORDS = """
password passwort passwd contrasena contraseña clave secreto senha segredo letmein welcome bienvenido bemvindo
admin administrator administrador root master user usuario guest login access default changeme change test
testing prueba teste demo hello hola monkey dragon shadow sunshine princess princesa princessa football futbol
futebol baseball soccer superman batman pokemon naruto starwars trustno iloveyou teamo teamomucho amor amorcito
tequiero meuamor loveyou lovely love corazon corazones estrella estrellita flower flores mariposa borboleta
michael jessica ashley daniel andrea alejandro alejandra fernando fernanda gabriel gabriela carlos camila jorge
maria jose juan pedro miguel santiago sebastian sofia valentina mexico brasil brazil argentina colombia espana
chile peru america barcelona realmadrid chivas aguilas corinthians flamengo palmeiras vasco santos saopaulo
gremio cruzeiro boca river jesus jesucristo jesuscristo diosesamor dios deus deusefiel cristo google facebook
whatsapp instagram tendero tienda negocio empresa loja salon salao qwerty qwertz azerty asdfgh zxcvbn
abcdef abcd computer internet samsung iphone killer ninja freedom whatever secret hunter ranger buster soccer
jordan harley thomas robert jennifer michelle charlie andrew matthew joshua pepper ginger cheese summer winter
verano invierno primavera otono enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
diciembre janeiro fevereiro lunes martes miercoles jueves viernes sabado domingo chocolate familia family
company business server system sistema oracle mysql postgres
"""
WORDS = frozenset(_WORDS.split())
KEYBOARD_RUNS = (
    "1234567890",
    "0123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "abcdefghijklmnopqrstuvwxyz",
)
