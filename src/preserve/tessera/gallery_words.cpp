#include "preserve/tessera/gallery_words.hpp"

#include <algorithm>
#include <array>

namespace tesseras::tessera {
namespace {

constexpr std::array words = {
    GalleryWords{
        "en", "Memories", "Made", "Creator", "Page", "Previous", "Next", "Read on", "Open",
        "Not every browser shows this format.", "In several parts.",
        "Nothing here has changed if the BLAKE3 hash of {M} is the one in this folder’s name, and "
        "each file has the hash that {M} lists; {R} explains how to check, and everything else."},
    GalleryWords{
        "pt", "Memórias", "Feita em", "Criador", "Página", "Anterior", "Seguinte",
        "Continuar lendo", "Abrir", "Nem todos os navegadores mostram este formato.",
        "Em várias partes.",
        "Nada aqui mudou se o hash BLAKE3 de {M} for o do nome desta pasta e cada arquivo tiver o "
        "hash que {M} indica; {R} explica como verificar, e tudo o mais."},
    GalleryWords{
        "es", "Recuerdos", "Hecha el", "Creador", "Página", "Anterior", "Siguiente",
        "Seguir leyendo", "Abrir", "No todos los navegadores muestran este formato.",
        "En varias partes.",
        "Nada aquí ha cambiado si el hash BLAKE3 de {M} es el del nombre de esta carpeta y cada "
        "archivo tiene el hash que indica {M}; {R} explica cómo comprobarlo, y todo lo demás."},
    GalleryWords{
        "fr", "Souvenirs", "Faite le", "Créateur", "Page", "Précédente", "Suivante",
        "Lire la suite", "Ouvrir", "Tous les navigateurs n’affichent pas ce format.",
        "En plusieurs parties.",
        "Rien ici n’a changé si l’empreinte BLAKE3 de {M} est celle du nom de ce dossier et si "
        "chaque fichier a l’empreinte indiquée par {M} ; {R} explique comment vérifier, et tout le "
        "reste."},
    GalleryWords{
        "ar", "الذكريات", "أُنشئت في", "المُنشئ", "الصفحة", "السابقة", "التالية", "تابع القراءة",
        "افتح", "ليست كل المتصفحات تعرض هذه الصيغة.", "في عدة أجزاء.",
        "لم يتغير شيء هنا إذا كانت بصمة BLAKE3 للملف {M} هي الواردة في اسم هذا المجلد، وكان لكل "
        "ملف البصمة المذكورة في {M}؛ ويشرح {R} كيفية التحقق وكل ما عدا ذلك."},
    GalleryWords{
        "hi", "यादें", "बनाया गया", "निर्माता", "पृष्ठ", "पिछला", "अगला", "आगे पढ़ें", "खोलें",
        "हर ब्राउज़र यह प्रारूप नहीं दिखाता।", "कई भागों में।",
        "यहाँ कुछ नहीं बदला है यदि {M} का BLAKE3 हैश वही है जो इस फ़ोल्डर के नाम में है, और हर फ़ाइल का हैश "
        "वही है जो {M} में लिखा है; जाँचने का तरीका और बाकी सब {R} में समझाया गया है।"},
    GalleryWords{"zh", "记忆", "制作时间", "创建者", "页", "上一页", "下一页", "继续阅读", "打开",
                 "并非所有浏览器都能显示此格式。", "分为几个部分。",
                 "如果 {M} 的 BLAKE3 散列值与本文件夹名称中的相同，且每个文件的散列值与 {M} "
                 "所列的相同，那么这里的一切都没有改变；{R} 说明如何检查，以及其他一切。"}};

}  // namespace

const GalleryWords& words_for(std::string_view language_tag) {
  const std::string_view primary = language_tag.substr(0, language_tag.find('-'));
  const auto found = std::ranges::find_if(words, [&](const GalleryWords& row) {
    return std::ranges::equal(row.language, primary,
                              [](char a, char b) { return a == (b | 0x20); });
  });
  return found == words.end() ? words.front() : *found;
}

}  // namespace tesseras::tessera
