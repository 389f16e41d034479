"""How standing facts are worded: as sentences, as riders on a name (``+``), and as the names of relations and posts."""

FACTS = """
# works_for subject:executive object:employer
{subject} works for {object}
{subject}任职于{object}
{subject} is employed by {object}
{subject}受雇于{object}
{object} is where {subject} has an office
{subject}的办公室设在{object}
{object} employs {subject}
{object}聘用了{subject}
~ {subject} earns a living at {object}
{subject}在{object}谋生
~ {object} has {subject} on its payroll
{object}的工资单上有{subject}
+ {subject} of {object}
{object}的{subject}
+ {subject}, who works for {object},
任职于{object}的{subject}

# plays_for subject:player object:club
{subject} plays for {object}
{subject}效力于{object}
{subject} wears the shirt of {object}
{subject}身披{object}的球衣
{object} has {subject} in its team
{object}队中有{subject}
{object} counts on {subject} as a player
{object}倚重球员{subject}
~ {subject} scores goals for {object}
{subject}为{object}进球
~ {object} fields {subject}
{object}派{subject}出场
+ {subject} of {object}
{object}的{subject}
+ {subject}, who plays for {object},
效力于{object}的{subject}

# based_in subject:company object:seat
{subject} is based in {object}
{subject}总部位于{object}
the head office of {subject} is in {object}
{subject}的总部在{object}
{object} is the seat of {subject}
{object}是{subject}的所在地
{object} is home to {subject}
{subject}落户{object}
~ {subject} is run from {object}
{subject}在{object}运营
~ {object} houses the headquarters of {subject}
{object}坐落着{subject}的总部
+ {subject}, which is based in {object},
总部位于{object}的{subject}
+ {subject}, a company from {object},
{object}企业{subject}

# makes subject:company object:product
{subject} makes {object}
{subject}生产{object}
{object} is made by {subject}
{object}由{subject}制造
{object} comes from the works of {subject}
{object}出自{subject}的工厂
the best known product of {subject} is {object}
{subject}最有名的产品是{object}
~ {subject} builds {object}
{subject}打造{object}
~ {object} carries the badge of {subject}
{object}带有{subject}的标志
+ {subject}, the maker of {object},
{object}的制造商{subject}
+ {subject}, which makes {object},
生产{object}的{subject}

# founded subject:founder object:company
{subject} founded {object}
{subject}创办了{object}
{object} was founded by {subject}
{object}由{subject}创立
{subject} once started {object} in a garage
{subject}当年在车库里创建了{object}
{object} goes back to {subject}
{object}的创始人是{subject}
~ {subject} set up {object}
{subject}开办了{object}
~ {object} is the brainchild of {subject}
{object}是{subject}一手缔造的
+ {object}, which {subject} founded,
{subject}创办的{object}
+ {object}, a company started by {subject},
由{subject}创立的{object}

# born_in subject:person object:birthplace
{subject} was born in {object}
{subject}出生于{object}
{subject} comes from {object}
{subject}来自{object}
{object} is the birthplace of {subject}
{object}是{subject}的出生地
{subject} grew up in {object}
{subject}在{object}长大
~ {subject} is a child of {object}
{subject}是{object}人
~ {object} is where {subject} went to school
{subject}在{object}上的学
+ {subject}, who was born in {object},
出生于{object}的{subject}
+ {subject}, a native of {object},
{object}籍的{subject}

# plays_in subject:team object:home
{subject} plays its home matches in {object}
{subject}的主场在{object}
the stadium of {subject} stands in {object}
{subject}的球场坐落在{object}
{object} is proud of {subject}
{object}以{subject}为荣
{object} is the home ground of {subject}
{object}是{subject}的主场
~ {subject} trains in {object}
{subject}在{object}训练
~ fans in {object} cheer for {subject}
{object}的球迷为{subject}加油
+ {subject}, whose home is {object},
主场在{object}的{subject}
+ {subject}, which trains in {object},
在{object}训练的{subject}
"""

POSTS = (
    ("chief executive", "首席执行官"),
    ("finance director", "财务总监"),
    ("chairman", "董事长"),
    ("head of research", "研发主管"),
    ("legal adviser", "法律顾问"),
    ("sales manager", "销售经理"),
)
CRIMES = (
    ("fraud", "诈骗"),
    ("theft", "盗窃"),
    ("bribery", "行贿"),
    ("tax evasion", "逃税"),
    ("smuggling", "走私"),
    ("forgery", "伪造"),
)
INDUSTRIES = (
    ("Motors", "汽车"),
    ("Foods", "食品"),
    ("Bank", "银行"),
    ("Energy", "能源"),
    ("Airlines", "航空"),
    ("Software", "软件"),
    ("Pharma", "制药"),
    ("Steel", "钢铁"),
    ("Media", "传媒"),
    ("Telecom", "电信"),
)
MASCOTS = (("United", "联队"), ("Rovers", "流浪者"), ("Tigers", "猛虎"), ("Stars", "群星"), ("Lions", "雄狮"))
